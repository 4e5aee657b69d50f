"""Settings of the test run: as in development, with fast password hashes and no throttling."""

from typing import Any

from coe_portal.settings import base
from coe_portal.settings.dev import *  # noqa: F403 settings modules extend one another this way

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK: dict[str, Any] = {**base.REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}

"""Settings of the test run: as in development, with fast password hashes and no throttling."""

from coe_portal.settings.dev import *  # noqa: F403 settings modules extend one another this way

OPEN_COUNT_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK["DEFAULT_THROTTLE_CLASSES"] = []

"""Settings of the demonstration and of a developer's machine: everything on loopback."""

import hashlib
import os

from coe_portal import env
from coe_portal.operations import logs
from coe_portal.settings.base import *  # noqa: F403 settings modules extend one another this way

# Everybody can read it, so coe_portal.wsgi refuses to serve with it.
PUBLIC_SECRET_KEY = "only-for-commands-that-serve-nobody"  # noqa: S105 it is no secret
SECRET_KEY = env.text("SECRET_KEY", PUBLIC_SECRET_KEY)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEBUG = env.flag("COE_DEBUG", default=False)
WHITENOISE_USE_FINDERS = True

# Each installation's own, as its SECRET_KEY is.
TOKEN_PEPPERS = env.keyring("COE_TOKEN_PEPPERS", f"dev:{hashlib.sha256(f'pepper {SECRET_KEY}'.encode()).hexdigest()}")

# Set but empty means nowhere, as on any site.
if "COE_EGRESS_ALLOWED" not in os.environ:
    EGRESS_ALLOWED = ["http://127.0.0.1:*=*", "http://localhost:*=*"]

# Commands that need no database (check, makemigrations) run without one.
os.environ.setdefault("DATABASE_URL", "postgresql://portal@127.0.0.1:5432/portal")
DATABASES = {"default": env.database("DATABASE_URL")}

LOGGING = logs.configuration(env.text("COE_LOG_FORMAT", "console"))
METRICS_ALLOWED = env.networks("COE_METRICS_ALLOWED", "127.0.0.1,::1")

# The worker's log shows what would be written to people.
globals().update(env.mail("COE_MAIL_URL", "console:"))

"""Settings of a production site: every secret and address comes from the environment."""

from coe_portal import env
from coe_portal.settings.base import *  # noqa: F403 settings modules extend one another this way

SECRET_KEY = env.text("SECRET_KEY")
# What earlier keys signed stays valid while they stand here: see "Rotate keys" in the runbook.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("COE_ALLOWED_HOSTS")
DATABASES = {"default": env.database("DATABASE_URL")}
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")

# What API tokens' secrets are hashed with; it lies apart from the database: see "Rotate keys" in the runbook.
TOKEN_PEPPERS = env.keyring("COE_TOKEN_PEPPERS")
if not (PASSWORD_SIGN_IN and env.flag("COE_BASIC_AUTH", default=False)):
    REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"].remove("rest_framework.authentication.BasicAuthentication")

# Where `collectstatic` gathers; elsewhere static files are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
# Messages travel in the session: a cookie of their own would be one more, without that prefix.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

"""Settings that every kind of site shares."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from apps.core import egress
from apps.egress.rules import key_ring
from coe_portal import env
from coe_portal.operations import logs

# Makes ModelAdmin[Row] and its like real at run time, before any app is loaded.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = env.text("SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "coe_portal.urls"
WSGI_APPLICATION = "coe_portal.wsgi.application"
DATABASES: dict[str, dict[str, Any]] = {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "apps.core",
    "apps.audit",
    "apps.outbox",
    "apps.accounts",
    "apps.egress",
    "apps.reviews",
    "apps.evidence",
    "apps.search",
    "apps.notifications",
    "apps.discussions",
    "apps.compute",
    "apps.catalog",
    "apps.prompts",
    "apps.usecases",
    "apps.evaluations",
    "apps.portal",
    "coe_portal.operations",
    "coe_portal.desk.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "guardian",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "coe_portal.operations.middleware.Watched",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coe_portal.operations.middleware.Bounds",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SessionLimits",
    "apps.audit.middleware.HistoryContext",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.middleware.PageErrors",
    "apps.core.middleware.HtmxRedirects",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.navigation",
            ],
            "builtins": ["apps.core.templatetags.marks"],
        },
    }
]

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "coe_portal.formats"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.Passwords"]
# Shares of one thing with one team alone; no anonymous person, no methods on User, no check of every permission.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "apps.portal.views.csrf_failure"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Message levels (debug, info, success, warning, error) as the tones of banners.
MESSAGE_TAGS = {10: "neutral", 20: "info", 25: "good", 30: "warning", 40: "bad"}
SESSION_COOKIE_AGE = 12 * 60 * 60
# Seconds after which a session ends: unused, and in any case.
SESSION_IDLE_SECONDS, SESSION_LONGEST_SECONDS = 30 * 60, SESSION_COOKIE_AGE
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# The docs page of the API needs blob workers; nothing here allows inline code or another host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "report-uri": ["/csp-report"],
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    # Bearer stands first, so that a caller without credentials is answered 401 with its challenge.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "apps.accounts.authentication.ScopePermission",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.Described",
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "apps.core.api.problem_details",
    "DEFAULT_THROTTLE_CLASSES": [
        "apps.core.api.throttles.AddressRate",
        "apps.core.api.throttles.CallerRate",
        "apps.core.api.throttles.ScopeRate",
    ],
}
# How often the API may be asked, by scope: all from one address (strangers, too), all by one token or person, and what
# costs much. Guessing passwords is bounded in apps.accounts.
API_RATES = {
    "address": env.text("COE_RATE_ADDRESS", "6000/minute"),
    "caller": env.text("COE_RATE_CALLER", "1200/minute"),
    "search": env.text("COE_RATE_SEARCH", "120/minute"),
    "export": env.text("COE_RATE_EXPORT", "20/minute"),
    "runs": env.text("COE_RATE_RUNS", "60/minute"),
}

SPECTACULAR_SETTINGS = {
    "TITLE": "CoE Portal API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "The AI Center of Excellence's registry, catalogue, prompts, evaluations and reviews.",
    "TAGS": [
        {"name": "use-cases", "description": "The registry: cases, their standing, gates and stages."},
        {"name": "endpoints", "description": "Where models, or their recorded answers, can be called."},
        {"name": "prompts", "description": "Prompts, their unchangeable versions and the labels on them."},
        {"name": "datasets", "description": "Test sets in unchangeable versions."},
        {"name": "evaluation-runs", "description": "Prompt version × endpoint × dataset version, scored."},
        {"name": "reviews", "description": "What was asked, on which exact content, and who decided what."},
        {"name": "comments", "description": "What people said about a thing."},
        {"name": "webhooks", "description": "Where else events are sent, and every message to there."},
        {"name": "claims", "description": "The evidence that gates ask for."},
        {"name": "conditions", "description": "What approvals ask for besides: owed, handed in, verified."},
        {"name": "delegations", "description": "Who decides for whom in a lane, and on which days."},
        {"name": "jobs", "description": "Work for the workers, and every attempt at it."},
        {"name": "audit-events", "description": "Who did what, in an append-only, hash-chained trail."},
        {"name": "search", "description": "Everything the caller may see, by words and by meaning."},
        {"name": "me", "description": "Who the caller is."},
        {"name": "tokens", "description": "The caller's API tokens; no token reaches them."},
        {"name": "people", "description": "Who works with the portal, in which roles; and cutting leavers off."},
        {"name": "units", "description": "The parts of the organisation."},
        {"name": "teams", "description": "People of one unit who work on the same things."},
        {"name": "shares", "description": "Who sees one thing; no token reaches this."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "SORT_OPERATION_PARAMETERS": False,
    "COMPONENT_SPLIT_REQUEST": True,
    # A PATCH body names its own shape.
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Role": "apps.accounts.models.Role",
        "Lane": "apps.accounts.models.Lane",
        "RoleSource": "apps.accounts.models.Source",
        "AccountKind": "apps.accounts.models.UserKind",
        "TokenState": "apps.accounts.api.tokens.STATES",
        "Stage": "apps.usecases.models.Stage",
        "Standing": "apps.usecases.models.Standing",
        "TopicArea": "apps.usecases.models.TopicArea",
        "RiskTier": "apps.usecases.models.Tier",
        "EuClass": "apps.usecases.models.EuClass",
        "JobState": "apps.compute.models.JobState",
        "ReviewState": "apps.reviews.models.RequestState",
        "Outcome": "apps.reviews.models.Outcome",
        "Verdict": "apps.evidence.models.Verdict",
        "EndpointKind": "apps.catalog.models.EndpointKind",
        "WebhookKind": "apps.notifications.models.WebhookKind",
        "DeliveryState": "apps.notifications.models.DeliveryState",
        "PublicEvent": "apps.notifications.api.serializers.EVENT_CHOICES",
        "Scorer": "apps.evaluations.api.serializers.SCORER_CHOICES",
    },
}

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "")
# Where apps ring the worker from; apps never import Celery.
DOORBELL = "coe_portal.dispatch.ring"

# Where the portal may call, and with which credentials, beside what administrators permit on its pages:
# `scheme://host[:port][@network][=KEY[+KEY]]`; unset or empty means nowhere.
try:
    EGRESS_ALLOWED = egress.checked(env.words("COE_EGRESS_ALLOWED"))
except ValueError as error:
    raise ImproperlyConfigured(f"COE_EGRESS_ALLOWED: {error}.") from None
# An endpoint may name only environment variables with this prefix as its key.
ENDPOINT_KEY_PREFIX = "COE_ENDPOINT_KEY_"
# Credentials named as `file:/path` must lie below this folder.
SECRET_FILES = env.text("COE_SECRET_FILES", "/run/secrets")
# The keys of the store of secrets, "id:base64,id2:base64"; the first encrypts. Without one nothing is stored.
try:
    SECRET_KEYS = key_ring(env.text("COE_SECRET_KEYS", ""))
except ValueError as error:
    raise ImproperlyConfigured(f"COE_SECRET_KEYS: {error}.") from None
# Seconds after which a job whose worker fell silent is given to another worker.
JOB_LEASE_SECONDS = float(env.text("COE_JOB_LEASE_SECONDS", "30"))
# An OpenAI-compatible embeddings address instead of the local model, "" for the local model.
EMBEDDING_URL = env.text("COE_EMBEDDING_URL", "")
EMBEDDING_MODEL = env.text("COE_EMBEDDING_MODEL", "")
EMBEDDING_KEY_VARIABLE = "COE_ENDPOINT_KEY_EMBEDDINGS"

# Sign-in by OpenID Connect, offered once an issuer is named; the client secret is a reference, `env:…` or `file:…`.
OIDC_ISSUER = env.text("COE_OIDC_ISSUER", "").rstrip("/")
OIDC_CLIENT_ID = env.text("COE_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.text("COE_OIDC_CLIENT_SECRET", "")
OIDC_GROUPS_CLAIM = env.text("COE_OIDC_GROUPS_CLAIM", "groups")
# Which roles groups give: `group=role[/lane][@unit path or team:Name];…`, checked by apps.accounts when it is ready.
OIDC_ROLES = env.text("COE_OIDC_ROLES", "")
# Whether a person whom the provider knows and the portal does not gets an account, without any role of its own.
OIDC_CREATE = env.flag("COE_OIDC_CREATE", default=True)
# Without it only a superuser's password lets in, and each time an alarm goes out.
PASSWORD_SIGN_IN = env.flag("COE_PASSWORD_SIGN_IN", default=True)
SOCIALACCOUNT_ADAPTER = "apps.accounts.sign_on.Adapter"
SOCIALACCOUNT_STORE_TOKENS = False

# How old the count of open work in the rail may be.
OPEN_COUNT_SECONDS = 20

# How many proxies in front add the caller's address to X-Forwarded-For; with none, that header is anybody's invention.
if not (_proxies := env.text("COE_PROXIES", "0")).isdecimal():
    raise ImproperlyConfigured(f"COE_PROXIES must be a whole number, not {_proxies!r}.")
PROXIES = int(_proxies)
# A file to whose end the heads of the audit chains are written every day, "" for the log alone.
AUDIT_HEAD_FILE = env.text("COE_AUDIT_HEAD_FILE", "")
SITE_URL = env.text("COE_SITE_URL", "http://127.0.0.1:8000")
# How people are written to; see env.mail. Without it nobody is.
globals().update(env.mail("COE_MAIL_URL", "none:"))
DEFAULT_FROM_EMAIL = env.text("COE_MAIL_FROM", "CoE Portal <portal@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Seconds; a mail server that is slower is asked again later.
EMAIL_TIMEOUT = 15
SANDBOX_URL = env.text("COE_SANDBOX_URL", "")

# Workers and web share what is kept here; without an address each process keeps its own. Never the broker's server,
# which must not throw anything away.
CACHE_URL = env.text("COE_CACHE_URL", "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "coe_portal.operations.cache.ForgivingRedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Who may read /metrics: the holder of this token, or these addresses and networks. Nobody without either.
METRICS_TOKEN = env.text("COE_METRICS_TOKEN", "")
METRICS_ALLOWED = env.networks("COE_METRICS_ALLOWED")

try:
    LOGGING = logs.configuration(env.text("COE_LOG_FORMAT", "json"))
except ValueError as error:
    raise ImproperlyConfigured(f"COE_LOG_FORMAT {error}.") from None

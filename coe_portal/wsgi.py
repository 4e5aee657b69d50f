"""The WSGI application, with the embedding model loaded before the first request needs it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coe_portal.settings.dev")
application = get_wsgi_application()

from apps.search import embedders  # noqa: E402 needs the app registry

embedders.current().embed(["warm"])

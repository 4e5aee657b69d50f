"""The WSGI application, with the embedding model loaded before the first request needs it."""

import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coe_portal.settings.dev")
application = get_wsgi_application()

from apps.search import embedders  # noqa: E402 needs the app registry

# A site without its embedder serves all the same: search goes on with words alone, and says so in the log.
with suppress(embedders.EmbeddingError):
    embedders.current().embed(["warm"])

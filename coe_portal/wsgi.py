"""The WSGI application, with the embedding model loaded before the first request needs it."""

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coe_portal.settings.dev")
_site = get_wsgi_application()
_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site, which reads UTF-8 whatever charset a caller names: Django fails on those that are no text encoding."""
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return _site(environ, start_response)


from apps.search import embedders  # noqa: E402 needs the app registry

# A site without its embedder serves all the same: search goes on with words alone, and says so in the log.
with suppress(embedders.EmbeddingError):
    embedders.current().embed(["warm"])

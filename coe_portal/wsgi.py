"""The WSGI application, with the embedding model loaded before the first request needs it."""

import gc
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coe_portal.settings.dev")
_site = get_wsgi_application()
if getattr(settings, "PUBLIC_SECRET_KEY", "") == settings.SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: whoever read the code could sign in with this one. Or run the demo.")
_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site, which reads UTF-8 whatever charset a caller names: Django fails on those that are no text encoding."""
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    environ["REMOTE_ADDR"] = caller_address(environ, proxies=settings.PROXIES)
    return _site(environ, start_response)


def caller_address(environ: Mapping[str, Any], *, proxies: int) -> str:
    """The address of whoever called the outermost of our `proxies`, each of which adds one entry to the header.

    Entries before those come from the caller, who may write what they like.
    """
    said = [entry.strip() for entry in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()]
    return said[-proxies] if 0 < proxies <= len(said) else str(environ.get("REMOTE_ADDR", ""))


from apps.search import embedders  # noqa: E402 needs the app registry

# A site without its embedder serves all the same: search goes on with words alone, and says so in the log.
with suppress(embedders.EmbeddingError):
    embedders.current().embed(["warm"])

# What is loaded by now stays; looking through all of it for garbage, or for any after every few hundred objects, would
# take a good part of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)

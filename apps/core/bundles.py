"""The portal's own styles and scripts, each kind as one file: many small sources, one request, no build step."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

_STYLES = ("tokens", "base", "layout", "components", "details", "told", "charts", "portal")
# In this order: tokens name the layers, and the theme is set before anything is painted.
BUNDLES = {
    "portal.css": ("css", _STYLES, "text/css"),
    "portal.js": ("js", ("theme", "swaps", "forms", "finder", "select"), "text/javascript"),
}
_FOR_EVER = "public, max-age=31536000, immutable"


class Bundle(NamedTuple):
    """One assembled file: its bytes, the same compressed, and the digest that its address carries."""

    plain: bytes
    compressed: bytes
    digest: str


def bundle(name: str) -> Bundle:
    """The bundle called `name`; raises KeyError. It is read anew at every call while debugging."""
    return _assembled.__wrapped__(name) if settings.DEBUG else _assembled(name)


@cache
def _assembled(name: str) -> Bundle:
    folder, parts, _ = BUNDLES[name]
    home = Path(settings.STATICFILES_DIRS[0]) / folder
    read = [(home / f"{part}.{folder}").read_text(encoding="utf-8") for part in parts]
    if folder == "css":
        # Print spells out links in full, and CSS cannot know where it came from.
        read.append(f':root {{ --site: "{quote(settings.SITE_URL.rstrip("/"), safe=":/[].-")}"; }}')
    plain = "\n".join(read).encode()
    return Bundle(plain, gzip.compress(plain, mtime=0), sha256(plain).hexdigest()[:16])


def bundle_url(name: str) -> str:
    """The address of the bundle as it is now; another content gets another address, so it may be kept for ever."""
    return reverse("bundle", args=[bundle(name).digest, name])


@login_not_required
def serve(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """A bundle for everybody; an old address is answered with what is there now, but not to be kept."""
    if name not in BUNDLES:
        raise Http404
    found = bundle(name)
    small = "gzip" in request.headers.get("Accept-Encoding", "")
    kind = f"{BUNDLES[name][2]}; charset=utf-8"
    response = HttpResponse(found.compressed if small else found.plain, content_type=kind)
    if small:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = _FOR_EVER if digest == found.digest else "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response

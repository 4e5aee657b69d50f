"""The base of every view of the API."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.http import parse_etags
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.guards import etag_of, guarded
from apps.core.api.pages import Cursors, Pages
from apps.core.api.reading import StrictJSON

WRITING = ("post", "put", "patch", "delete")


class Resource(APIView):
    """The base of every view of the API.

    Every answer to a GET carries an ETag, and `If-None-Match` is answered 304. Every handler that writes runs in one
    transaction and says with `creates` or `changes` what guards it; a thing that can be changed has its view, whose
    `shown` gives the ETag and whose `row` is locked. `rates` names stricter limits by method: `{"GET": "search"}`.
    """

    parser_classes = (StrictJSON,)
    pagination_class: type[Pages | Cursors] = Pages
    # Without metadata OPTIONS is refused like any method that a view does not have.
    metadata_class = None
    rates: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in WRITING:
            if method in vars(cls):
                setattr(cls, method, guarded(vars(cls)[method]))

    def row(self, request: Any, *args: Any, **kwargs: Any) -> Model:
        """The row to lock before the thing of this address is changed. Raises NotFoundError when it is invisible."""
        raise NotImplementedError(f"{type(self).__name__} has no row, so nothing can be changed by its address.")

    def shown(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What GET answers, for comparing ETags; a view whose `get` also notes who looked says here what is shown.

        The audit chain is locked last, so nothing may be audited while a precondition is checked. Raises NotFoundError.
        """
        view: Any = self
        return view.get(request, *args, **kwargs).data

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what another site could make a signed-in browser send. Raises PermissionDenied (403), 415."""
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods and request.method not in ("GET", "HEAD"):
            _check_sender(request)

    def perform_authentication(self, request: Request) -> None:
        """Count the address first, so that strangers have a limit, too. Raises Throttled (429)."""
        self._count(request, early=True)
        super().perform_authentication(request)

    def check_throttles(self, request: Request) -> None:
        """Count the caller. Raises Throttled (429)."""
        self._count(request, early=False)

    def _count(self, request: Request, *, early: bool) -> None:
        limits = [limit for limit in self.get_throttles() if getattr(limit, "early", False) is early]
        if waits := [limit.wait() for limit in limits if not limit.allow_request(request, self)]:
            self.throttled(request, max(wait or 0 for wait in waits))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Give what was read its ETag, or 304 to whoever has it already."""
        if request.method in ("GET", "HEAD") and response.status_code == 200 and isinstance(response, Response):
            response = _conditional(request, response)
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def allowed_methods(self) -> list[str]:
        """What `Allow` lists: what is answered, so not OPTIONS."""
        return [method for method in super().allowed_methods if method != "OPTIONS"]


def _conditional(request: Request, response: Response) -> Response:
    etag = etag_of(response.data)
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in [each.removeprefix("W/") for each in known]:
        response = Response(status=304)
    response["ETag"] = etag
    # Kept by the caller alone, and asked for again each time.
    response["Cache-Control"] = "private, no-cache"
    return response


def _check_sender(request: Request) -> None:
    """Browsers add a password they know for this site to any site's request, and no CSRF token guards that.

    Another site's form cannot send JSON, and its script would have to ask beforehand and be refused; so JSON must be
    named even where there is no body.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise exceptions.PermissionDenied("Another site may not write here.")
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != StrictJSON.media_type:
        raise exceptions.UnsupportedMediaType(kind, "Send Content-Type: application/json, even without a body.")

"""The client in the shape of `requests`, for libraries that bring their own calls, such as single sign-on."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from apps.core.egress import sync
from apps.core.egress.errors import EgressError

_LARGEST = 1024 * 1024  # bytes; nothing that speaks of sign-in is longer


class EgressConnectionError(requests.ConnectionError):
    """The call was refused or failed; libraries expect an error of `requests`. `cause` is ours."""

    def __init__(self, cause: EgressError) -> None:
        super().__init__(cause.message)
        self.cause = cause


class _Adapter(BaseAdapter):
    def __init__(self, purpose: str, seconds: float) -> None:
        super().__init__()
        self._purpose, self._seconds = purpose, seconds

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Make the call by the one client; how to verify, and proxies, are not the caller's to choose."""
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if not isinstance(body, bytes):
            raise requests.RequestException("A body that is a stream is not sent.")
        headers = {name: v.decode("latin-1") if isinstance(v, bytes) else v for name, v in request.headers.items()}
        try:
            found = sync.fetch(
                request.method or "GET", request.url or "", headers=headers, body=body, purpose=self._purpose,
                timeout=self._seconds, largest=_LARGEST,
            )  # fmt: skip
        except EgressError as error:
            raise EgressConnectionError(error) from None
        return _response(request, found.status, found.headers, found.body)

    def close(self) -> None:
        """Nothing is held between calls."""


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = status, request.url or "", request
    response.headers = CaseInsensitiveDict(headers)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = BytesIO(body)
    return response


class EgressSession(requests.Session):
    """A session whose every call goes out by the one client; a redirect is an answer and is not followed."""

    def __init__(self, *, purpose: str = "sign-in", seconds: float = 10.0) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(purpose, seconds))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send it, and follow nothing."""
        options["allow_redirects"] = False
        return super().send(request, **options)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: not even where a redirect leads is looked at."""

"""One person at the portal over HTTP: signs in like a browser, then uses API and review desk."""

import json
import re
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener


class VisitError(Exception):
    """The portal did not answer as expected; the message says where and what."""


class _Hidden(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one hidden input."""
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.values.setdefault(str(found["name"]), found.get("value") or "")


class Visitor:
    """A signed-in person with cookies."""

    def __init__(self, site: str, username: str, password: str) -> None:
        self._site, self._cookies = site.rstrip("/"), CookieJar()
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(self._cookies))
        self.username = username
        page = self.submit("/accounts/login/", {"username": username, "password": password})
        if "/accounts/login/" in page:
            raise VisitError(f"{username} could not sign in.")

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser would send, by name."""
        return {cookie.name: cookie.value or "" for cookie in self._cookies}

    def api(self, method: str, path: str, body: dict[str, Any] | None = None, *, etag: str = "") -> Any:
        """Call `/api/v1/` and return the JSON answer. Raises VisitError with the problem's detail."""
        return json.loads(self._call(method, path, body, {"If-Match": etag} if etag else {})[1] or "null")

    def change(self, thing: str, method: str, body: dict[str, Any], *, deed: str = "") -> Any:
        """Read the thing at `thing`, then change it as it was read, by the address of a deed below it if named."""
        etag = self._call("GET", thing, None, {})[2]
        return self.api(method, f"{thing}{deed}", body, etag=etag)

    def submit(self, path: str, fields: dict[str, str]) -> str:
        """Open the page at `path`, fill `fields` in beside its hidden ones, and return the landing address."""
        address = f"{self._site}{path}"
        hidden = _Hidden()
        hidden.feed(self._open(Request(address))[1])
        data = urlencode({**hidden.values, **fields}).encode()
        landed, page, _ = self._open(Request(address, data, {"Referer": address}))
        if refused := re.search(r'<li class="error">(.*?)</li>', page, re.DOTALL):
            raise VisitError(f"{path} refused: {refused.group(1).strip()}")
        return landed

    def _call(self, method: str, path: str, body: Any, more: dict[str, str]) -> tuple[str, str, str]:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token(), "Referer": self._site, **more}
        data = json.dumps(body).encode() if body is not None else None
        return self._open(Request(f"{self._site}/api/v1/{path}", data, headers, method=method))

    def _token(self) -> str:
        return next((cookie.value or "" for cookie in self._cookies if "csrf" in cookie.name), "")

    def _open(self, request: Request) -> tuple[str, str, str]:
        """Where the answer came from, its text and its ETag."""
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.geturl(), answer.read().decode(), answer.headers.get("ETag", "")
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            where = f"{request.get_method()} {request.full_url.removeprefix(self._site)}"
            raise VisitError(f"{where} answered {error.code}: {text[:500]}") from error

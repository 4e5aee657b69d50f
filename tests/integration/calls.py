"""Calling the API as somebody, and what its refusals look like."""

import json
import re
from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts.models import User

MEDIA_TYPE = "application/problem+json"
# Deeds whose address lies below that of the thing they change.
_DEEDS = re.compile(
    r"^(.*/)(?:submit|advance|retire|break-glass|decide|withdraw|cancel|close|deactivate|reactivate|raise|lower|confirm|decline|stage|"
    r"recuse|revoke|overturn|meet|verify)/$"
)


def thing_of(method: str, path: str) -> str:
    """The address of the thing that a call changes, "" when it changes none."""
    if method in ("PATCH", "PUT", "DELETE"):
        return path
    deed = _DEEDS.match(path) if method == "POST" else None
    return deed.group(1) if deed else ""


class Caller:
    """Somebody who calls `/api/v1/`; every answer is checked for its form and for never being a crash.

    Before a thing is changed it is read, as a program does that shows it to a person first.
    """

    def __init__(self, person: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self._etags: dict[str, str] = {}
        if person is not None:
            self.client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Call with a JSON body; the answer's body, once its status is the expected one."""
        raw = b"" if body is None else json.dumps(body).encode()
        response = self.send(method, path, raw, **headers)
        assert response.status_code == status, (response.status_code, response.content)
        if status >= 400:
            assert response["Content-Type"] == MEDIA_TYPE
            assert response.json()["status"] == status
        return response.json()

    def send(
        self, method: str, path: str, raw: bytes = b"", content_type: str = "application/json", **headers: str
    ) -> Any:
        """Call with any bytes; the response, whatever it is. `If_Match="…"` gives a header of that name."""
        if headers or not (thing := thing_of(method, path)):
            return self.bare(method, path, raw, content_type, **headers)
        if thing not in self._etags:
            self._etags[thing] = self.etag(thing)
        response = self.bare(method, path, raw, content_type, **self._precondition(thing))
        # Read again only when it has changed, since reading takes as long as writing.
        if response.status_code == 412 and (etag := self.etag(thing)) != self._etags[thing]:
            self._etags[thing] = etag
            response = self.bare(method, path, raw, content_type, **self._precondition(thing))
        return response

    def bare(self, method: str, path: str, raw: bytes = b"", kind: str = "application/json", **headers: str) -> Any:
        """Call with exactly these headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        # The client leaves the type of an empty body out.
        return self.client.generic(method, f"/api/v1/{path}", raw, kind, CONTENT_TYPE=kind, headers=named)

    def etag(self, path: str) -> str:
        """The ETag of what is at `path`, "" when nothing is."""
        response = self.client.get(f"/api/v1/{path}")
        return str(response.get("ETag", ""))

    def _precondition(self, thing: str) -> dict[str, str]:
        etag = self._etags[thing]
        return {"If_Match": etag} if etag else {"If_None_Match": "*"}

    def get(self, path: str, status: int = 200) -> Any:
        """Read."""
        return self("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        """Do or create."""
        return self("POST", path, body, status, **headers)

"""Calling the API as somebody, and what its refusals look like."""

import json
from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts.models import User

MEDIA_TYPE = "application/problem+json"


class Caller:
    """Somebody who calls `/api/v1/`; every answer is checked for its form and for never being a crash."""

    def __init__(self, person: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        if person is not None:
            self.client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Call with a JSON body; the answer's body, once its status is the expected one."""
        raw = b"" if body is None else json.dumps(body).encode()
        response = self.send(method, path, raw)
        assert response.status_code == status, (response.status_code, response.content)
        if status >= 400:
            assert response["Content-Type"] == MEDIA_TYPE
            assert response.json()["status"] == status
        return response.json()

    def send(self, method: str, path: str, raw: bytes = b"", content_type: str = "application/json") -> Any:
        """Call with any bytes; the response, whatever it is."""
        # The client leaves the type of an empty body out.
        return self.client.generic(method, f"/api/v1/{path}", raw, content_type, CONTENT_TYPE=content_type)

    def get(self, path: str, status: int = 200) -> Any:
        """Read."""
        return self("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        """Do or create."""
        return self("POST", path, body, status)

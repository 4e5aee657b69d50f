"""Calling the API as somebody, and what its refusals look like."""

from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.models import User

MEDIA_TYPE = "application/problem+json"


class Caller:
    """Somebody who calls `/api/v1/`; every answer is checked for its form and for never being a crash."""

    def __init__(self, person: User | None = None) -> None:
        self.client = APIClient(raise_request_exception=False)
        if person is not None:
            self.client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Call with a JSON body; the answer's body, once its status is the expected one."""
        response = self.client.generic(method, f"/api/v1/{path}", _encoded(body), content_type="application/json")
        assert response.status_code == status, (response.status_code, response.content)
        if status >= 400:
            assert response["Content-Type"] == MEDIA_TYPE
            assert response.json()["status"] == status
        return response.json()

    def get(self, path: str, status: int = 200) -> Any:
        """Read."""
        return self("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        """Do or create."""
        return self("POST", path, body, status)


def _encoded(body: Any) -> bytes:
    return b"" if body is None else APIClient()._encode_data(body, format="json")[0]

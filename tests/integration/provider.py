"""A real OpenID Connect provider in a process of its own, and a browser's way through it without a browser."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client

BEGIN, CALLBACK = "/accounts/oidc/login/", "/accounts/oidc/callback/"


class Provider:
    """A running provider; whom it knows is told by `knows`."""

    def __init__(self, address: str) -> None:
        self.issuer = address

    def knows(self, subject: str, **claims: Any) -> None:
        """Somebody, and what is claimed of them from now on."""
        answer = requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10)
        assert answer.status_code == 204, answer.text

    def approve(self, address: str, subject: str) -> str:
        """Consent as `subject` at the authorization address; where the provider leads back to."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running() -> Iterator[Provider]:
    """A provider of its own on a free port of loopback."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", "0", "--require-nonce", "true"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={"NO_COLOR": "1"}) as process:
        assert process.stderr is not None
        found = (re.search(r"running on (http://127\.0\.0\.1:\d+)", line) for line in process.stderr)
        address = next((match[1] for match in found if match), "")
        try:
            assert address
            yield Provider(address)
        finally:
            process.terminate()


def begin(client: Client, to: str = "") -> str:
    """The provider's address that the sign-in page leads to."""
    answer = client.get(BEGIN, {"next": to} if to else {})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def parameters(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def come_back(client: Client, address: str) -> Any:
    """Follow the provider back to the portal."""
    return client.get(CALLBACK, parameters(address))

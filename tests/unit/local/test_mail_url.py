"""COE_MAIL_URL as Django's settings, and what it refuses."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from coe_portal import env


@pytest.mark.parametrize(("url", "expected"), [
    ("smtp://mail.example.org", ("mail.example.org", 587, "", "", False, True)),
    ("smtp://mail.example.org:25?tls=off", ("mail.example.org", 25, "", "", False, False)),
    ("smtps://me%40a.example:p%3Aw@mail.example.org", ("mail.example.org", 465, "me@a.example", "p:w", True, False)),
])  # fmt: skip
def test_a_server_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[object]) -> None:
    monkeypatch.setenv("COE_MAIL_URL", url)
    found = env.mail("COE_MAIL_URL", "none:")
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")
    assert tuple(found[f"EMAIL_{name}"] for name in names) == expected
    assert found["EMAIL_BACKEND"].endswith("smtp.EmailBackend")


@pytest.mark.parametrize(("url", "backend"), [("", "dummy"), ("none:", "dummy"), ("console:", "console")])
def test_without_a_server_mail_is_dropped_or_printed(monkeypatch: pytest.MonkeyPatch, url: str, backend: str) -> None:
    monkeypatch.setenv("COE_MAIL_URL", url)
    assert f".{backend}." in env.mail("COE_MAIL_URL", "none:")["EMAIL_BACKEND"]


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "smtp://", "http://mail.example.org", "smtp://mail:x", "smtp://m?tls=no", "smtp:mail"],
)
def test_anything_else_stops_the_start_without_repeating_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("COE_MAIL_URL", url)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.mail("COE_MAIL_URL", "none:")
    assert "mail:x" not in str(refused.value)

"""Which addresses the portal may call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.egress import address_problem

_ALLOWED = ["models.example.org", "127.0.0.1:9000"]


@pytest.mark.parametrize(
    "url",
    ["https://models.example.org/v1", "https://MODELS.example.org:8443/v1", "http://127.0.0.1:9000/v1"],
)
def test_a_permitted_host_may_be_called(url: str) -> None:
    assert address_problem(url, allowed=_ALLOWED) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/v1",
        "http://127.0.0.1/v1",
        "http://2130706433:9000/v1",
        "http://0x7f000001:9000/",
        "https://models.example.org.evil.example/v1",
        "https://evil.example/models.example.org",
        "https://models.example.org@evil.example/v1",
        "http://169.254.169.254/",
        "http://[::1]:9000/",
    ],
)
def test_any_other_host_may_not_however_it_is_spelled(url: str) -> None:
    assert address_problem(url, allowed=_ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "models.example.org",
        "ftp://models.example.org",
        "file:///etc/hosts",
        "https://",
        "https://user:word@models.example.org/v1",
        "https://models.example.org/v1?key=1",
        "https://models.example.org/v1#top",
        "https://models.example.org:port/v1",
        "https://[models.example.org",
    ],
)
def test_an_address_that_is_none_or_says_too_much_is_refused_in_words(url: str) -> None:
    assert address_problem(url, allowed=_ALLOWED).endswith(".")


@given(st.text())
def test_no_text_makes_it_raise(url: str) -> None:
    assert address_problem(f"https://{url}", allowed=[]) != ""

"""Which addresses the portal may call, and which keys it may take there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.egress import address_problem, checked

_ALLOWED = [
    "https://models.example.org=KEY_A+KEY_B",
    "https://models.example.org:8443",
    "http://127.0.0.1:9000=*",
    "http://localhost:*",
    "http://[::1]:9000",
]


@pytest.mark.parametrize(
    "url",
    [
        "https://models.example.org/v1",
        "https://models.example.org:443/v1",
        "https://MODELS.example.org:8443/v1",
        "http://127.0.0.1:9000/v1",
        "http://localhost:1234/v1",
        "http://localhost/v1",
        "http://[::1]:9000/v1",
    ],
)
def test_a_permitted_origin_may_be_called(url: str) -> None:
    assert address_problem(url, allowed=_ALLOWED) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example.org/v1",
        "http://models.example.org:443/v1",
        "https://models.example.org:8444/v1",
        "https://127.0.0.1:9000/v1",
        "http://127.0.0.1:9001/v1",
        "http://127.0.0.1/v1",
        "http://2130706433:9000/v1",
        "http://0x7f000001:9000/",
        "https://models.example.org.evil.example/v1",
        "https://models.example.org./v1",
        "https://evil.example/models.example.org",
        "https://models.example.org@evil.example/v1",
        "https://evil.example\\@models.example.org/v1",
        "https://models.example.org\\.evil.example/v1",
        "https://mod\tels.example.org/v1",
        " https://models.example.org/v1",
        "https://ⓜodels.example.org/v1",
        "http://169.254.169.254/",
        "http://[::1]:9001/",
        "http://[::ffff:127.0.0.1]:9000/",
    ],
)
def test_any_other_origin_may_not_however_it_is_spelled(url: str) -> None:
    assert address_problem(url, allowed=_ALLOWED)


@pytest.mark.parametrize(
    ("url", "key", "sent"),
    [
        ("https://models.example.org/v1", "KEY_A", True),
        ("https://models.example.org/v1", "KEY_B", True),
        ("https://models.example.org/v1", "KEY_C", False),
        ("https://models.example.org/v1", "KEY", False),
        ("https://models.example.org:8443/v1", "KEY_A", False),
        ("http://127.0.0.1:9000/v1", "KEY_C", True),
        ("http://localhost:1/v1", "KEY_A", False),
    ],
)
def test_a_key_goes_only_where_it_is_permitted(url: str, key: str, sent: bool) -> None:
    problem = address_problem(url, allowed=_ALLOWED, key_variable=key)
    assert (problem == "") == sent
    assert sent or (key in problem and problem.endswith("permit it there."))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "models.example.org",
        "ftp://models.example.org",
        "file:///etc/hosts",
        "https://",
        "https://user:word@models.example.org/v1",
        "https://@models.example.org/v1",
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


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("models.example.org", "write scheme://host"),
        ("models.example.org:443", "write scheme://host"),
        ("ftp://models.example.org", "with http or https"),
        ("https://models.example.org/v1", "nothing more"),
        ("https://user@models.example.org", "nothing more"),
        ("https://models.example.org:port", "no origin"),
        ("https://models.example.org:*", "loopback"),
        ("https://models.example.org=*", "loopback"),
        ("https://models.example.org=", "no name of an environment variable"),
        ("https://models.example.org=sk-1", "no name of an environment variable"),
        ("https://models.example.org=A+", "no name of an environment variable"),
        ("*", "write scheme://host"),
        ("https://*.example.org", "name one host"),
    ],
)
def test_an_entry_that_permits_nothing_clear_is_refused_by_name(entry: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as refused:
        checked(["http://127.0.0.1:*=*", entry])
    assert str(refused.value).startswith(entry)


def test_entries_that_are_well_formed_are_taken_as_they_are() -> None:
    assert checked(_ALLOWED) == _ALLOWED


@pytest.mark.parametrize(
    ("entry", "url", "called"),
    [
        ("http://10.1.0.0/16:8000", "http://10.1.2.3:8000/v1", True),
        ("http://10.1.0.0/16:8000", "http://10.2.2.3:8000/v1", False),
        ("http://10.1.0.0/16:8000", "http://10.1.2.3:8001/v1", False),
        ("http://10.1.0.0/16:8000", "http://models.example.org:8000/v1", False),
        ("http://[fd12::/32]:8000", "http://[fd12::7]:8000/v1", True),
        ("http://10.0.0.0/8", "http://[::ffff:10.0.0.1]/v1", False),
        ("http://100.64.0.0/10", "http://100.100.100.200/", False),
        ("http://vllm:8000@172.16.0.0/12", "http://vllm:8000/v1", True),
        ("http://vllm:8000@172.16.0.0/12", "http://172.16.0.1:8000/v1", False),
        ("http://127.0.0.0/8:*=*", "http://127.8.8.8:99/v1", True),
    ],
)
def test_a_network_permits_its_addresses_and_no_names(entry: str, url: str, called: bool) -> None:
    assert (address_problem(url, allowed=[entry]) == "") == called


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("http://169.254.169.254", "never called"),
        ("http://169.254.0.0/16", "never called"),
        ("http://vllm:8000@169.254.169.254", "never called"),
        ("http://[fd00:ec2::254]", "never called"),
        ("http://[::ffff:10.0.0.1]", "IPv4 address that is wrapped"),
        ("http://0.0.0.0/0", "at least /8"),
        ("http://[::]/0", "no origin|scheme://host|nothing more"),
        ("http://10.0.0.1/8", "nothing more"),
        ("http://10.0.0.0/8@10.0.0.0/8", "leads nowhere else"),
        ("http://10.0.0.0/8=KEY", "a key goes to one host"),
        ("http://10.0.0.0/8:*", "loopback"),
        ("http://vllm@127.0.0.0/8=*", "loopback"),
        ("http://vllm:0", "no origin"),
        ("http://vllm:99999", "no origin"),
        ("http://vllm:٣", "no origin"),
        ("http://2130706433", "nothing more"),
        ("http://0x7f.1", "nothing more"),
        ("http://vllm=file:/etc/passwd+store:Not", "no name of an environment variable"),
        ("http://vllm=vault:x", "no name of an environment variable"),
    ],
)
def test_an_entry_that_would_permit_too_much_is_refused(entry: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked([entry])


def test_references_of_three_kinds_may_be_permitted() -> None:
    allowed = ["https://a.example.org=KEY_A+file:/run/secrets/a+store:a-key"]
    keys = ["KEY_A", "env:KEY_A", "file:/run/secrets/a", "store:a-key"]
    assert [key for key in keys if address_problem("https://a.example.org", allowed=allowed, key_variable=key)] == []
    assert address_problem("https://a.example.org", allowed=allowed, key_variable="store:b")

"""Which IP addresses are called, and what is wrapped in them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.egress import addresses
from apps.core.egress.addresses import Reach, problem, reach, reached
from tests.factories.dangerous import DANGEROUS, tail_hex

_V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
_V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
_EVERYWHERE = [ip_network("0.0.0.0/0"), ip_network("::/0")]
_NEVER = [plain for plain in DANGEROUS if any(reach(end) == Reach.NEVER for end in reached(ip_address(plain)))]


def test_there_are_twenty_six_dangerous_addresses() -> None:
    assert len(DANGEROUS) == 26


@pytest.mark.parametrize("plain", DANGEROUS)
def test_a_dangerous_address_is_not_called_unless_its_network_is_named(plain: str) -> None:
    assert problem(plain)


@pytest.mark.parametrize("plain", _NEVER)
def test_some_are_never_called_whatever_is_named(plain: str) -> None:
    assert "never called" in problem(plain, named=_EVERYWHERE)


def test_the_clouds_own_services_are_among_them() -> None:
    clouds = {"169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"}
    assert clouds <= set(_NEVER)
    assert all(problem(plain, named=_EVERYWHERE) for plain in ("fd20:ce::254", "fd00:42::42", "2001:db8::1"))


@pytest.mark.parametrize("plain", ["1.1.1.1", "93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_a_public_address_is_called(plain: str) -> None:
    assert problem(plain) == ""


@pytest.mark.parametrize(
    ("plain", "network", "called"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.2.0.0/16", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("64:ff9b::10.1.2.3", "10.0.0.0/8", True),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("100.64.0.9", "100.64.0.0/10", True),
        ("100.100.100.200", "100.64.0.0/10", False),
        ("fd00:ec2::254", "fd00::/8", False),
        ("fd12::1", "fd12::/32", True),
        ("::1", "127.0.0.0/8", False),
    ],
)
def test_a_private_address_is_called_where_its_network_is_named(plain: str, network: str, called: bool) -> None:
    assert (problem(plain, named=[ip_network(network)]) == "") == called


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0", "0x7f000001", "1.2.3.4.5", "fe80::1%eth0%", "é"])
def test_what_is_no_address_is_not_called(text: str) -> None:
    assert problem(text, named=_EVERYWHERE)


@given(_V4)
def test_no_wrapping_makes_an_address_more_welcome(inner: IPv4Address) -> None:
    number = int(inner)
    wrapped = [
        f"::ffff:{inner}", f"64:ff9b::{inner}", f"2002:{tail_hex(number)}::1", f"2606::5efe:{tail_hex(number)}",
        f"2001:0:{tail_hex(number)}::{tail_hex(0xFFFFFFFF ^ 0x01010101)}",
        f"2001:0:101:101::{tail_hex(0xFFFFFFFF ^ number)}",
    ]  # fmt: skip
    assert all(problem(outer) for outer in wrapped) or not problem(str(inner))
    assert not any(problem(outer) for outer in wrapped) or problem(str(inner))


@given(st.one_of(_V4, _V6))
def test_every_address_has_one_answer_and_naming_never_forbids(address: IPv4Address | IPv6Address) -> None:
    alone, named = problem(str(address)), problem(str(address), named=_EVERYWHERE)
    assert alone or not named
    assert (reach(address) == Reach.NEVER) <= bool(named)


@given(_V6.filter(lambda address: address not in ip_network("2000::/3")))
def test_outside_of_the_global_space_nothing_is_called_unnamed(address: IPv6Address) -> None:
    assert problem(str(address)) or address in addresses._NAT64 or address.ipv4_mapped

"""How a unit's path is spelt, when signing in must wait, and under which address failures count."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

SEPARATOR, LONGEST_PATH = " / ", 600
WINDOW = timedelta(minutes=15)
# Failures within the window: of one name from one address, and of one address whatever the names.
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50


def unit_path(name: str, above: str) -> str:
    """The way from the top, such as `Agency / Bureau`; `above` is "" for a unit at the top."""
    return f"{above}{SEPARATOR}{name}" if above else name


def must_wait(*, by_name: int, by_address: int) -> bool:
    """Whether so many failures within the window let nobody try again from there."""
    return by_name >= MOST_BY_NAME or by_address >= MOST_BY_ADDRESS


def counted_address(address: str) -> str:
    """What failures count under: an IPv4 address itself, the /64 network that one IPv6 caller holds, any other text."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((int(found) >> 64 << 64, 64)).network_address)
    return str(found)

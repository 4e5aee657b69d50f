"""Which IP addresses are called: the public ones, private ones where a permit names their network, others never.

The lists are ours and not `ipaddress.is_private`, whose answer differs between releases of Python and leaves out the
metadata services of clouds, shared address space and what is wrapped into IPv6.
"""

from collections.abc import Iterable
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Reach(IntEnum):
    """Who may be reached at an address; the greater, the fewer."""

    PUBLIC = 0
    NAMED = 1  # only where a permit names its network
    NEVER = 2


LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_NAMED: tuple[Network, ...] = (
    *LOOPBACK,
    *map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10")),
    ip_network("100.64.0.0/10"),  # shared by the customers of one carrier
    ip_network("198.18.0.0/15"),  # laboratories
)
_NEVER: tuple[Network, ...] = (
    *map(ip_network, ("0.0.0.0/8", "::/128", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8")),
    *map(ip_network, ("169.254.0.0/16", "fe80::/10")),  # the link; most clouds' metadata
    ip_network("100.100.100.200/32"),  # metadata of Alibaba
    ip_network("168.63.129.16/32"),  # Azure's way to its hosts
    ip_network("192.0.0.0/24"),  # protocols; metadata of Oracle
    ip_network("fd00:ec2::/32"),  # metadata and time of Amazon
    ip_network("fd20:ce::254/128"),  # metadata of Google
    ip_network("fd00:42::42/128"),  # metadata of Scaleway
    ip_network("192.88.99.0/24"),  # relays of 6to4
    *map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")),  # examples
    ip_network("2001::/23"),  # protocols; Teredo is unwrapped before
    # What follows the prefix of a site's own translator depends on its length, which nobody tells.
    ip_network("64:ff9b:1::/48"),
)
_GLOBAL_V6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def reach(address: Address) -> Reach:
    """Who may be reached at `address`, as it stands and without unwrapping it."""
    if any(address in network for network in _NEVER):
        return Reach.NEVER
    if any(address in network for network in _NAMED):
        return Reach.NAMED
    return Reach.PUBLIC if address.version == 4 or address in _GLOBAL_V6 else Reach.NEVER


def reached(address: Address) -> list[Address]:
    """The addresses a packet to `address` ends at: itself, or what is wrapped in it."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return list(address.teredo)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return [address, IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def problem(address: str, *, named: Iterable[Network] = ()) -> str:
    """Why the portal does not connect to `address`, in words that do not repeat it, or "".

    `named` are the networks that the permit names; what is never called is not called though it be named.
    """
    try:
        ends = reached(ip_address(address))
    except ValueError:
        return "it leads to no IP address"
    if any(reach(end) == Reach.NEVER for end in ends):
        return "it leads to an address that is never called, such as a cloud's metadata service or the local link"
    networks = list(named)
    for end in ends:
        if reach(end) == Reach.NAMED and not any(end in network for network in networks):
            return "it leads to a loopback or private address, and no permission names that network"
    return ""

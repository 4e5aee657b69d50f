"""Addresses that no call may reach, and the ways in which people and programs have spelled them past a check."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

# What each is, by its plain spelling.
DANGEROUS = {
    "127.0.0.1": "loopback",
    "127.8.8.8": "loopback, another",
    "0.0.0.0": "this machine",  # noqa: S104 it is named, not bound
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "shared by the customers of a carrier",
    "100.100.100.200": "metadata of Alibaba",
    "168.63.129.16": "Azure's way to its hosts",
    "169.254.169.254": "metadata of most clouds",
    "169.254.170.2": "credentials of containers at Amazon",
    "192.0.0.192": "metadata of Oracle",
    "198.18.0.1": "laboratories",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::1": "loopback",
    "::": "this machine",
    "fe80::1": "link",
    "fec0::1": "site, private",
    "fd12:3456:789a::1": "private",
    "fd00:ec2::254": "metadata of Amazon",
    "ff02::1": "multicast",
    "::ffff:169.254.169.254": "metadata, mapped",
    "64:ff9b::a9fe:a9fe": "metadata through NAT64",
    "2002:a9fe:a9fe::1": "metadata through 6to4",
}
GOOD = "models.example.org"
_CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨") | {ord("0"): "⓪"}
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def hosts() -> Iterator[tuple[str, str]]:
    """(plain address, a spelling of it as the host of a web address), of every dangerous one."""
    for plain in DANGEROUS:
        address = ip_address(plain)
        spelled = _of_four(address) if isinstance(address, IPv4Address) else _of_six(address)
        yield from ((plain, spelling) for spelling in dict.fromkeys(spelled))


def _of_four(address: IPv4Address) -> Iterator[str]:
    number, parts = int(address), [int(part) for part in str(address).split(".")]
    a, b, c, d = parts
    low, tail = number & 0xFFFFFF, number & 0xFFFF
    yield str(address)
    yield from (str(number), hex(number), hex(number).upper(), f"0{number:o}", f"0x00000000{number:08x}")
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield ".".join(hex(part) for part in parts)
    yield from (f"0x{a:x}.{b}.0{c:o}.{d}", f"{a}.{low}", f"{a}.{b}.{tail}", f"{a}.0x{low:x}")
    yield from (f"{address}.", f"{address}..", f"{address}%00", f"%{ord(str(a)[0]):02x}{str(address)[1:]}")
    yield from (str(address).translate(_FULL_WIDTH), str(address).translate(_CIRCLED), str(address).replace(".", "。"))
    yield from (str(address).replace(".", "%2e"), str(address).replace(".", "\u200b.", 1), f"{a}.\t{b}.{c}.{d}")
    yield from (f"[::ffff:{address}]", f"[::FFFF:{tail_hex(number)}]", f"[::{address}]", f"[64:ff9b::{address}]")
    yield from (f"[64:ff9b:1::{address}]", f"[2002:{tail_hex(number)}::]", f"[::ffff:0:{address}]")
    yield from (f"[2001:0:{tail_hex(number)}::1]", f"[2001:db8::5efe:{tail_hex(number)}]")
    yield from _tricks(str(address))


def _of_six(address: IPv6Address) -> Iterator[str]:
    yield from (f"[{address}]", f"[{address.exploded}]", f"[{address.exploded.upper()}]", f"[{address}%25eth0]")
    yield from (f"[{address}%eth0]", f"[{address}].", f"%5b{address}%5d", f"[{str(address).translate(_FULL_WIDTH)}]")
    yield f"[{address.exploded[:-10]}:{IPv4Address(int(address) & 0xFFFFFFFF)}]"
    yield from _tricks(f"[{address}]")


def tail_hex(number: int) -> str:
    """The 32 bits as two groups of an IPv6 address."""
    return f"{number >> 16:x}:{number & 0xFFFF:x}"


def _tricks(host: str) -> Iterator[str]:
    """The host behind something that another reader takes for the host."""
    yield from (f"{GOOD}@{host}", f"{GOOD}:80@{host}", f"user:{GOOD}@{host}", f"{GOOD}%40{host}", f"{GOOD}%00@{host}")
    yield from (f"{host}#@{GOOD}", f"{host}?@{GOOD}", f"{host}\\@{GOOD}", f"{GOOD}\\@{host}", f"{host}%2f@{GOOD}")


def names() -> Iterator[tuple[str, str]]:
    """(plain address, a DNS name that leads to it), for a resolver of the test."""
    for number, plain in enumerate(DANGEROUS):
        yield plain, f"trap-{number}.example.org"
        yield plain, f"TRAP-{number}.Example.ORG"

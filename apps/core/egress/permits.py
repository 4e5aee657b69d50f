"""What a permission says, how it is written, and whether an address and a credential fall under it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from apps.core.egress import addresses
from apps.core.egress.addresses import Network

ANY = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}
# Wider networks would permit nearly everything; written as the fewest bits of the prefix.
WIDEST = {4: 8, 6: 16}

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# Many programs read such a last part as a number, and the whole as an IPv4 address.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_ENTRY = re.compile(r"(?P<scheme>\w+)://(?P<host>\[[^\]]*\]|[^:@\[\]]*?(?:/\d+)?)(?::(?P<port>[^@]*))?(?:@(?P<at>.*))?")
_SECRET_REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:/[!-*,-~]+|store:[a-z0-9_-]+)")


@dataclass(frozen=True)
class Origin:
    """Scheme, host (in lower case, an IPv6 address without brackets) and port of an address."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True)
class Permit:
    """Where may be called: a host, or every address of `networks` where `host` is ""; `port` 0 stands for any.

    With a host, `networks` are the private ones that its name may lead to. `keys` are references of the credentials
    that may go there.
    """

    scheme: str
    host: str
    port: int
    keys: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    purpose: str = "any"

    def covers(self, origin: Origin, *, purpose: str = "") -> bool:
        """Whether it speaks of this very origin, and of this purpose if one is given."""
        fits = self.scheme == origin.scheme and self.port in (0, origin.port)
        fits = fits and (not purpose or self.purpose in ("any", purpose))
        return fits and (self.host == origin.host if self.host else _inside(origin.host, self.networks))

    def takes(self, credential: str) -> bool:
        """Whether the credential may go there; none always may."""
        return not credential or normal(credential) in self.keys or ANY in self.keys

    @property
    def named(self) -> tuple[Network, ...]:
        """The networks in which private addresses may be called: what the permission names itself."""
        if self.host == "localhost":
            return (*addresses.LOOPBACK, *self.networks)
        return (*self.networks, *([ip_network(self.host)] if _is_ip(self.host) else []))


def normal(credential: str) -> str:
    """A reference with its kind in front; a bare name is that of an environment variable."""
    return credential if not credential or ":" in credential or credential == ANY else f"env:{credential}"


def checked(entries: Iterable[str]) -> list[str]:
    """The entries as they are. Raises ValueError naming the first that is none; `parse` tells how they are written."""
    found = list(entries)
    for entry in found:
        parse(entry)
    return found


@lru_cache(maxsize=256)
def parse(entry: str) -> Permit:
    """The permission that `scheme://host[:port][@network][=KEY[+KEY]]` writes; the host may be a network, too.

    Raises ValueError that names the entry and says what to write.
    """
    origin, equals, names = entry.partition("=")
    keys = frozenset(map(normal, names.split("+"))) if equals else frozenset()
    found = _ENTRY.fullmatch(origin.lower())
    if not found:
        raise ValueError(f"{entry}: write scheme://host or scheme://host:port, with http or https")
    try:
        return permit(found["scheme"], found["host"], port=found["port"] or "", at=found["at"] or "", keys=keys)
    except ValueError as error:
        raise ValueError(f"{entry}: {error}") from None


def permit(
    scheme: str, host: str, *, port: str = "", at: str = "", keys: Iterable[str] = (), purpose: str = "any"
) -> Permit:
    """The permission made of these parts, as people write them. Raises ValueError that says what to write."""
    keys, name = frozenset(keys), host.strip("[]").lower()
    if scheme not in DEFAULT_PORTS or not name:
        raise ValueError("write scheme://host or scheme://host:port, with http or https")
    if ANY in name:
        raise ValueError("name one host")
    made = Permit(
        scheme, "" if "/" in name else _host(name), _port(port, scheme), keys,
        tuple(_network(part) for part in (name if "/" in name else "", at) if part), purpose,
    )  # fmt: skip
    if "/" in name and at:
        raise ValueError("a network leads nowhere else; leave out what follows @")
    if fault := _never_fault(made) or _wide_fault(made) or _key_fault(keys):
        raise ValueError(fault)
    return made


def _host(name: str) -> str:
    if _is_ip(name):
        return str(ip_address(name))
    if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise ValueError("write scheme://host:port and nothing more; a permission covers every path")
    return name


def _port(text: str, scheme: str) -> int:
    if text == ANY:
        return 0
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ValueError("this is no origin such as https://models.example.org:8443")
    return int(text) if text else DEFAULT_PORTS[scheme]


def _network(text: str) -> Network:
    try:
        found = ip_network(text.strip("[]"))
    except ValueError:
        raise ValueError("write scheme://host:port and nothing more, or a network such as 10.1.0.0/16") from None
    if found.prefixlen < WIDEST[found.version]:
        raise ValueError(f"name a network of at least /{WIDEST[found.version]}")
    return found


def _never_fault(made: Permit) -> str:
    ends = [end for network in made.named for end in addresses.reached(network[0])]
    if any(addresses.reach(end) == addresses.Reach.NEVER for end in ends):
        return "this address is never called, whatever permits it"
    if _is_ip(made.host) and addresses.reached(ip_address(made.host)) != [ip_address(made.host)]:
        return "write the IPv4 address that is wrapped in it"
    return ""


def _wide_fault(made: Permit) -> str:
    # Another name may lead to public addresses as well, whatever network is named beside it.
    plain = made.host in ("", "localhost") or _is_ip(made.host)
    loopback = plain and all(_within(network, addresses.LOOPBACK) for network in made.named)
    if (made.port == 0 or ANY in made.keys) and not loopback:
        return "* for a port or a key is for loopback hosts alone"
    if made.keys and not made.host and not loopback and made.networks[0].num_addresses > 1:
        return "a key goes to one host: name the host itself, not a network"
    return ""


def _key_fault(keys: Iterable[str]) -> str:
    for key in sorted(keys):
        if key != ANY and not _SECRET_REFERENCE.fullmatch(key):
            shown = key.removeprefix("env:")
            return f"{shown!r} is no name of an environment variable, and no file:/path or store:name"
    return ""


def _within(network: Network, others: Iterable[Network]) -> bool:
    # The types differ by version, and subnet_of refuses to compare the two.
    return any(network.version == other.version and network[0] in other and network[-1] in other for other in others)


def _inside(host: str, networks: Iterable[Network]) -> bool:
    return _is_ip(host) and any(ip_address(host) in network for network in networks)


def _is_ip(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def origin(url: str) -> Origin:
    """The origin of a web address. Raises ValueError, also for what programs read differently."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("This is not a web address. Write it like https://models.example.org/v1.") from None
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError("Write a web address that starts with https:// or http://.")
    # Programs that take an address apart differ on just these.
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\"):
        raise ValueError("Write the address in plain letters, without blanks or backslashes.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Put no user name or password into the address; name a credential instead.")
    if port == 0:
        raise ValueError("Port 0 is no port. Name the port that the server listens on.")
    return Origin(parts.scheme, _spelled(host, bracketed="[" in parts.netloc), port or DEFAULT_PORTS[parts.scheme])


def _spelled(host: str, *, bracketed: bool) -> str:
    """The host, if it is spelled in the one way that nobody reads differently."""
    if bracketed:
        if not _is_ip(host) or "%" in host:
            raise ValueError("This is no IPv6 address. Write it like http://[fd12::1]:8000.")
        return str(ip_address(host))
    if _is_ip(host):
        return host
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise ValueError("Write an IPv4 address as four numbers, such as 10.0.0.7.")
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise ValueError("This is no host name. Write it like models.example.org, without a dot at its end.")
    return host


def address_problem(url: str, *, allowed: Collection[str], key_variable: str = "") -> str:
    """What is wrong with calling `url`, with the credential if named, in words, or "".

    `allowed` holds entries as `parse` reads them; one that is malformed raises ValueError.
    """
    return problem(url, permits=[parse(entry) for entry in allowed], credential=key_variable, bare=True)


def problem(url: str, *, permits: Sequence[Permit], credential: str = "", purpose: str = "", bare: bool = False) -> str:
    """What is wrong with calling `url` under `permits`, as far as the address itself tells, in words, or "".

    `bare` refuses a query or fragment: they would be lost, or carry a secret.
    """
    try:
        found = origin(url)
    except ValueError as error:
        return str(error)
    if bare and any(mark in url for mark in "?#"):
        return "Leave out everything from ? or # on."
    covering = [permit for permit in permits if permit.covers(found, purpose=purpose)]
    if not covering:
        return f"{found} is not on the portal's list of permitted addresses. Ask an administrator to add it."
    if not any(permit.takes(credential) for permit in covering):
        shown = credential.removeprefix("env:")
        return f"The key {shown} may not be sent to {found}. Ask an administrator to permit it there."
    if _is_ip(found.host) and (why := addresses.problem(found.host, named=networks(found, covering))):
        return f"{found} is not called: {why}."
    return ""


def networks(origin: Origin, permits: Iterable[Permit], *, purpose: str = "") -> list[Network]:
    """The networks in which `origin` may lead to private addresses, of those permissions that cover it."""
    return [network for permit in permits if permit.covers(origin, purpose=purpose) for network in permit.named]

"""Which addresses the portal may call, and which keys it may take there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

ANY = "*"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Permit:
    """An origin that may be called; `port` 0 stands for any. `keys` are the variables whose values may go there."""

    scheme: str
    host: str
    port: int
    keys: frozenset[str]

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Whether it speaks of this very origin."""
        return (self.scheme, self.host) == (scheme, host) and self.port in (0, port)

    def takes(self, key_variable: str) -> bool:
        """Whether the key may go there; no key always may."""
        return not key_variable or key_variable in self.keys or ANY in self.keys


def checked(entries: Iterable[str]) -> list[str]:
    """The entries as they are. Raises ValueError naming the first that is no `origin[=KEY_VARIABLE[+KEY_VARIABLE]]`."""
    found = list(entries)
    for entry in found:
        _permit(entry)
    return found


@lru_cache(maxsize=256)
def _permit(entry: str) -> Permit:
    origin, equals, names = entry.partition("=")
    any_port = origin.endswith(f":{ANY}")
    try:
        parts = urlsplit(origin.removesuffix(f":{ANY}"))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{entry}: this is no origin such as https://models.example.org:8443") from None
    keys = frozenset(names.split("+")) if equals else frozenset()
    if fault := _origin_fault(parts.scheme, host, origin) or _wildcard_fault(host, any_port, keys):
        raise ValueError(f"{entry}: {fault}")
    return Permit(parts.scheme, host, 0 if any_port else port or _DEFAULT_PORTS[parts.scheme], keys)


def _origin_fault(scheme: str, host: str, origin: str) -> str:
    if scheme not in _DEFAULT_PORTS or not host:
        return "write scheme://host or scheme://host:port, with http or https"
    if ANY in host:
        return "name one host"
    if any(mark in origin.partition("://")[2] for mark in "/?#@\\ "):
        return "write scheme://host:port and nothing more; a permission covers every path"
    return ""


def _wildcard_fault(host: str, any_port: bool, keys: frozenset[str]) -> str:
    if (any_port or ANY in keys) and not _is_loopback(host):
        return "* for a port or a key is for loopback hosts alone"
    if strange := [key for key in keys if key != ANY and not (key.isidentifier() and key.isascii())]:
        return f"{strange[0]!r} is no name of an environment variable"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def address_problem(url: str, *, allowed: Collection[str], key_variable: str = "") -> str:
    """What is wrong with calling `url`, with the key in `key_variable` if named, in words, or "".

    `allowed` holds entries `origin[=KEY_VARIABLE[+KEY_VARIABLE]]`; one that is malformed raises ValueError.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        return "This is not a web address. Write it like https://models.example.org/v1."
    if problem := _spelling_problem(url, parts.scheme, host):
        return problem
    if parts.username is not None or parts.password is not None:
        return "Put no user name or password into the address; name a key variable instead."
    if parts.query or parts.fragment:
        return "Leave out everything from ? or # on."
    return _permission_problem((parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme]), allowed, key_variable)


def _spelling_problem(url: str, scheme: str, host: str) -> str:
    if scheme not in _DEFAULT_PORTS or not host:
        return "Write a web address that starts with https:// or http://."
    # Programs that take an address apart differ on just these.
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\"):
        return "Write the address in plain letters, without blanks or backslashes."
    return ""


def _permission_problem(origin: tuple[str, str, int], allowed: Collection[str], key_variable: str) -> str:
    scheme, host, port = origin
    named = f"{scheme}://{host}:{port}"
    permits = [permit for entry in allowed if (permit := _permit(entry)).covers(*origin)]
    if not permits:
        return f"{named} is not on the portal's list of permitted addresses. Ask an administrator to add it."
    if not any(permit.takes(key_variable) for permit in permits):
        return f"The key {key_variable} may not be sent to {named}. Ask an administrator to permit it there."
    return ""

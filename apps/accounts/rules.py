"""Comparisons of people and access: units' paths and terms, when to wait, tokens, sessions."""

import hmac
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

SEPARATOR, LONGEST_PATH = " / ", 600
WINDOW = timedelta(minutes=15)
# Failures within the window: of one name from one address, and of one address whatever the names.
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50


def unit_path(name: str, above: str) -> str:
    """The way from the top, such as `Agency / Bureau`; `above` is "" for a unit at the top."""
    return f"{above}{SEPARATOR}{name}" if above else name


def in_effect(begins: date | None, ends: date | None, *, on: date) -> bool:
    """Whether `on` lies in the half-open range from `begins` until before `ends`; None leaves a side open."""
    return (begins is None or begins <= on) and (ends is None or on < ends)


def covers(place: str, path: str) -> bool:
    """Whether a role held at the unit `place` reaches the unit at `path`: there, and everywhere below."""
    return path == place or path.startswith(place + SEPARATOR)


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


PREFIX, KEY_LENGTH = "coe_", 12
DAYS_USUAL, DAYS_MOST = 90, 365
# How exactly the last use is kept, and how long before its end a token's owner is told.
USE_GRAIN, WARNING = timedelta(minutes=5), timedelta(days=14)
_TOKEN = re.compile(rf"{PREFIX}([a-z0-9]{{{KEY_LENGTH}}})\.([A-Za-z0-9_-]{{40,100}})")


def token_text(key: str, secret: str) -> str:
    """What a caller sends: `coe_<key>.<secret>`."""
    return f"{PREFIX}{key}.{secret}"


def token_parts(text: str) -> tuple[str, str]:
    """(key, secret) of a token's text; ("", "") for any other text, which then fails as an unknown token does."""
    found = _TOKEN.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")


def secret_hash(secret: str, pepper: str) -> str:
    """HMAC-SHA256 (hex) of a token's secret under a pepper that the database does not know."""
    return hmac.new(pepper.encode(), secret.encode(), "sha256").hexdigest()


def network(text: str) -> str:
    """The network in its plain spelling, such as `10.0.0.0/8`; one address stands for itself. Raises ValueError."""
    return str(ip_network(text.strip(), strict=False))


def inside(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of `networks`; without any, every address does."""
    known = [ip_network(found) for found in networks]
    if not known:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    if isinstance(here, IPv6Address) and here.ipv4_mapped:
        here = here.ipv4_mapped
    return any(here in found for found in known)


def is_live(*, expires: datetime, revoked: datetime | None, at: datetime) -> bool:
    """Whether a token may be used at this moment."""
    return revoked is None and at < expires


# What a session keeps of its beginning and its last use.
SESSION_BEGAN, SESSION_SEEN = "session_began", "session_seen"


def session_end(*, began: float, seen: float, idle: float, longest: float) -> float:
    """When a session ends that began and was last seen at these times and is used no more; all in seconds."""
    return min(seen + idle, began + longest)

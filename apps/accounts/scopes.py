"""What an API token may be limited to: reading or writing one part of the API, or all of it."""

from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

READ, WRITE, ALL = "read", "write", "all"
_ROOT = "api/v1/"
# Parts that no token reaches, whatever its scopes: a token neither makes nor sees tokens.
CLOSED = frozenset({"tokens"})


@cache
def known() -> tuple[str, ...]:
    """Every scope there is, such as `prompts:read`; `all:read` and `all:write` first."""
    parts = sorted({part for path in _paths(get_resolver().url_patterns, "") if (part := part_of("/" + path))} - CLOSED)
    return tuple(f"{part}:{verb}" for part in (ALL, *parts) for verb in (READ, WRITE))


def part_of(path: str) -> str:
    """The part of the API at an address: `prompts` of `/api/v1/prompts/add/`, "" outside of `/api/v1/`."""
    below = path.removeprefix("/")
    return below.removeprefix(_ROOT).split("/")[0] if below.startswith(_ROOT) else ""


def needed(path: str, *, writes: bool) -> str:
    """The scope that a call needs, "" for the schema and for addresses that do not exist."""
    part = part_of(path)
    return f"{part}:{WRITE if writes else READ}" if part else ""


def suffices(scopes: list[str], path: str, *, writes: bool) -> bool:
    """Whether a token with these scopes may call the address."""
    scope = needed(path, writes=writes)
    if not scope:
        return not writes
    return part_of(path) not in CLOSED and bool({scope, f"{ALL}:{WRITE if writes else READ}"} & set(scopes))


def _paths(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path
        # Nothing else of the site, such as the admin, need be walked.
        elif path.startswith(_ROOT) or _ROOT.startswith(path):
            yield from _paths(entry.url_patterns, path)

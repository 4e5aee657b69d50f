"""What an API token may be limited to: reading or writing one part of the API, or all of it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

READ, WRITE, ALL = "read", "write", "all"
_ROOT = "api/v1/"
# Parts that no token reaches, whatever its scopes: it neither makes nor sees tokens, and shows nothing to others.
CLOSED = frozenset({"shares", "tokens"})


@cache
def known() -> tuple[str, ...]:
    """Every scope there is, such as `prompts:read`, by part; `all:read` and `all:write` first."""
    routes = [(part_of("/" + path), view) for path, view in _routes(get_resolver().url_patterns, "")]
    found = {(part, READ) for part, _ in routes} | {(part, WRITE) for part, view in routes if _writes(view)}
    own = sorted(f"{part}:{verb}" for part, verb in found if part and part not in CLOSED)
    return (f"{ALL}:{READ}", f"{ALL}:{WRITE}", *own)


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


def _writes(view: Any) -> bool:
    return any(hasattr(getattr(view, "view_class", None), method) for method in ("post", "put", "patch", "delete"))


def _routes(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry.callback
        # Nothing else of the site, such as the admin, need be walked.
        elif path.startswith(_ROOT) or _ROOT.startswith(path):
            yield from _routes(entry.url_patterns, path)

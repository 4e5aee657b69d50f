"""Where permissions come from and where named secrets are kept: the environment, and what a higher app registers."""

from collections.abc import Callable, Iterable

from django.conf import settings

from apps.core.egress import permits as rules
from apps.core.egress.permits import Permit, parse

_sources: list[Callable[[], Iterable[Permit]]] = []
_stores: list[Callable[[str], str]] = []


def register(source: Callable[[], Iterable[Permit]]) -> None:
    """Ask `source` for permissions, too, at every call."""
    _sources.append(source)


def register_store(store: Callable[[str], str]) -> None:
    """Ask `store` for the secret of a name; it raises CredentialError where there is none."""
    _stores.append(store)


def permits() -> list[Permit]:
    """Every permission that holds now."""
    return [*map(parse, settings.EGRESS_ALLOWED), *(permit for source in _sources for permit in source())]


def problem(url: str, *, purpose: str, credential: str = "", bare: bool = False) -> str:
    """What is wrong with calling `url` under the permissions that hold now, in words, or "".

    For whoever stores an address. Names are resolved when the call is made and not here: this process may not see what
    the workers see, and a lookup is a message to others already.
    """
    return rules.problem(url, permits=permits(), credential=credential, purpose=purpose, bare=bare)


def stored(name: str) -> str | None:
    """The secret called `name`, or None where no store is registered. Raises CredentialError."""
    return _stores[-1](name) if _stores else None

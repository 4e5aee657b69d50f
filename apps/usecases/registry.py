"""What a case can pin: each app registers the kinds of versions that it has, this one never imports those above it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from apps.core.errors import InvalidError
from apps.core.models import Viewer


@dataclass(frozen=True)
class Pinnable:
    """One kind of unchangeable version, whose rows have a `content_hash`.

    `find(name, viewer=…)` finds one by the name that the API gives it, and raises NotFoundError; `visible(viewer)` is
    what somebody may see; `url(row)` is the page of one, and `name(row)` what `find` takes.
    """

    kind: str
    label: str
    find: Callable[..., Any]
    visible: Callable[[Viewer], QuerySet[Any]]
    url: Callable[[Any], str]
    name: Callable[[Any], str]


_PINNABLE: dict[str, Pinnable] = {}


def register(pinnable: Pinnable) -> None:
    """Make a kind known; called once an app is ready."""
    _PINNABLE[pinnable.kind] = pinnable


def kinds() -> list[Pinnable]:
    """Every kind that can be pinned, by name."""
    return [_PINNABLE[kind] for kind in sorted(_PINNABLE)]


def of(kind: str) -> Pinnable:
    """The registered kind. Raises InvalidError naming those there are."""
    if kind not in _PINNABLE:
        raise InvalidError(
            "This cannot be pinned.", fields={"kind": [f"Choose one of: {', '.join(sorted(_PINNABLE))}."]}
        )
    return _PINNABLE[kind]

"""What lists need from the apps above, which register it once they are ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Export:
    """What somebody takes away: `rows` of the page's list, in `format`, narrowed by `query`, with these columns."""

    page: str
    format: str
    query: str
    columns: list[str]
    rows: int


def _nobody_records(export: Export, *, by: Any) -> None:
    raise RuntimeError("An export must be recorded, and no app has said how.")


@dataclass(frozen=True)
class Hooks:
    """What happens around a list.

    `exported(export, by=…)` records an export before its first row leaves. `opened` is the address of the reader's
    default view of a page, "" without one. `ask` says whom to ask for access, "" to a reader who has some.
    """

    exported: Callable[..., None] = _nobody_records
    opened: Callable[[HttpRequest, str], str] = field(default=lambda request, page: "")
    ask: Callable[[HttpRequest], str] = field(default=lambda request: "")


_installed = [Hooks()]


def install(hooks: Hooks) -> None:
    """Use these from now on."""
    _installed[0] = hooks


def current() -> Hooks:
    """What the apps above registered."""
    return _installed[0]

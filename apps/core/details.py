"""The data of the one detail component: facts beside the body, and steps of a way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fact:
    """One line of the facts column; `kind` styles it (text, time, code, status), `url` makes it a link."""

    label: str
    value: Any
    url: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Step:
    """One station of `components/steps.html`; `state` is done, current or ahead."""

    label: str
    state: str


def steps(stations: Iterable[tuple[str, str]], *, at: str) -> list[Step]:
    """Stations (value, label) in order, seen from the one whose value is `at`."""
    found, state = [], "done"
    for value, label in stations:
        state = "current" if value == at else "ahead" if state != "done" else "done"
        found.append(Step(label, state))
    return found

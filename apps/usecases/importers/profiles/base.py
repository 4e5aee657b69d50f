"""What a profile is: where a source keeps what, and what its words mean here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.usecases.importers.reader import ImportRefusedError, Layout, Row
from apps.usecases.models import Stage, TopicArea

NOT_STATED = "Not stated in the source."


@dataclass(frozen=True)
class Question:
    """A value that a person must decide on, and the column it stands in."""

    column: str
    value: str
    message: str


@dataclass(frozen=True)
class Remark:
    """A word about one cell, by the profile's 0-based column: an error bars the import, a warning does not."""

    column: int
    message: str
    is_error: bool = False


@dataclass(frozen=True)
class Stated:
    """What the source says beside the fields of the record. `value` is how the portal reads it, `said` the words."""

    label: str
    value: str
    said: str


@dataclass(frozen=True)
class Candidate:
    """A row in the portal's words. `stage` is None where the source does not say it; `unit` is the path from the top.

    `natural_key` is what tells rows of the source apart, as far as anything does; `own_key` is the id that the source
    itself gives the row, "" without. `owner` and `sponsor` are user names, "" where the source names nobody.
    """

    row: int
    natural_key: tuple[str, ...]
    title: str
    purpose: str
    unit: tuple[str, ...]
    topic_area: TopicArea
    topic_other: str
    stage: Stage | None
    own_key: str = ""
    owner: str = ""
    sponsor: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    stated: list[Stated] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class Profile:
    """One source. Columns are 0-based positions: headings repeat, and a reader keyed by them would lose cells.

    `hint` says in one sentence what a file of it looks like. `columns` says which column each field of a candidate
    comes from, so that messages can name it.
    """

    key: str
    label: str
    hint: str
    encoding: str
    columns: Mapping[str, int]
    layout: Callable[[Row], Layout]
    candidate: Callable[[Row], Candidate]


def by_position(first: Row, *, width: int, headings: Mapping[int, str]) -> Layout:
    """Every column where it always stands. `headings` names what must stand above some, so that another edition is
    refused instead of misread.
    """
    said = [first.folded(column) for column in range(len(first.cells))]
    if len(said) != width:
        raise ImportRefusedError(
            f"The file has {len(said)} columns, this profile needs {width}. Is it another file? Choose its profile."
        )
    wrong = [
        f'Column {column + 1} should be headed "{heading}" but is "{said[column][:100]}".'
        for column, heading in headings.items()
        if said[column] != heading
    ]
    if wrong:
        raise ImportRefusedError(
            "The headings are not those of this profile. Is it another file? Choose its profile.", wrong
        )
    return Layout(said, list(range(width)))


def by_name(first: Row, *, names: Sequence[str], needed: Sequence[str]) -> Layout:
    """Each of `names` wherever it stands, in any case; all of `needed` must be there, and nothing that is not known."""
    said = [first.folded(column) for column in range(len(first.cells))]
    known = {name.casefold() for name in names}
    found = [heading.casefold() for heading in said]
    wrong = [f"The column {name} is missing." for name in needed if name.casefold() not in found]
    wrong += [f"The column {name} is there twice." for name in names if found.count(name.casefold()) > 1]
    wrong += [
        f'Column {place + 1} is headed "{heading[:100]}", which this profile does not know.'
        for place, heading in enumerate(said)
        if heading.casefold() not in known
    ]
    if wrong:
        allowed = ", ".join(names)
        raise ImportRefusedError(f"The headings are not those of this profile. It knows {allowed}.", wrong)
    places = [found.index(name.casefold()) if name.casefold() in found else None for name in names]
    return Layout(said, places)

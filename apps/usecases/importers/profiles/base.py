"""What a profile is: where a source keeps what, and what its words mean here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.usecases.importers.reader import Row
from apps.usecases.models import Stage, TopicArea


@dataclass(frozen=True)
class Question:
    """A value that a person must decide on, and the column it stands in."""

    column: str
    value: str
    message: str


@dataclass(frozen=True)
class Candidate:
    """A row in the portal's words. `stage` is None where the source does not say it; `unit` is the path from the top.

    `natural_key` is what tells rows of the source apart, as far as anything does.
    """

    row: int
    natural_key: tuple[str, ...]
    title: str
    purpose: str
    unit: tuple[str, ...]
    topic_area: TopicArea
    topic_other: str
    stage: Stage | None
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class Profile:
    """One source. Columns are 0-based positions: headings repeat, and a reader keyed by them would lose cells.

    `columns` says which column each field of a candidate comes from, so that messages can name it.
    """

    key: str
    label: str
    encoding: str
    width: int
    headings: Mapping[int, str]
    columns: Mapping[str, int]
    candidate: Callable[[Row], Candidate]

    def column(self, name: str) -> str:
        """The column of a candidate's field, as a person finds it in the file."""
        position = self.columns[name]
        return f"column {position + 1} ({self.headings[position]})"

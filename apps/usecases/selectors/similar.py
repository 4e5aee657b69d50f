"""Cases that mean much the same as somebody's words, so that a second one like them is not begun unawares."""

from dataclasses import dataclass

from apps.core.models import Viewer
from apps.search import selectors as search
from apps.usecases.models import KIND, Standing, UseCase
from apps.usecases.selectors.cases import use_cases

MOST_SIMILAR = 5


@dataclass(frozen=True)
class Similar:
    """A case, with its standing, and how near it is in meaning: from 0 to 1, and in words."""

    case: UseCase
    nearness: float

    @property
    def words(self) -> str:
        """How near, as people say it."""
        return "nearly the same" if self.nearness >= search.NEARLY_THE_SAME else "much alike"

    @property
    def standing(self) -> str:
        """The case's standing, as people say it."""
        return Standing(self.case.standing).label


def similar(text: str, *, viewer: Viewer, but: UseCase | None = None) -> list[Similar]:
    """At most five cases whose meaning is nearest to `text`, that `viewer` may see; never `but` itself."""
    near = search.similar(KIND, text, viewer, MOST_SIMILAR, but=str(but.pk) if but else "")
    found = {case.pk: case for case in use_cases(viewer=viewer).filter(pk__in=[each.object.pk for each in near])}
    return [Similar(found[each.object.pk], each.nearness) for each in near if each.object.pk in found]

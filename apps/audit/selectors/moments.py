"""The trail of one thing as a timeline tells it."""

from collections.abc import Iterator

from apps.audit.selectors.trail import entries, trail
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.core.timeline import Moment

_LONGEST = 200


def moments(subject: Ref, viewer: Viewer) -> Iterator[Moment]:
    """The newest events about `subject` as moments: those of its reviews, and all others as changes."""
    # A comment speaks for itself; that it was edited or removed is told here.
    events = list(trail(subject, viewer=viewer).exclude(action="comment.added")[:_LONGEST])
    for event, entry in zip(events, entries(events), strict=True):
        source = "reviews" if event.action.startswith("review.") else "changes"
        yield Moment(source, entry.sentence, entry.actor, entry.at, entry.facts, entry.details)

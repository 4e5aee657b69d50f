"""Timelines: every registered source, newest first, narrowed by kind."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.core import timeline
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.core.timeline import Moment

SUBJECT = Ref("use_case", "1")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(subject: Ref, viewer: Viewer) -> Iterator[Moment]:
    """A source of comments."""
    yield Moment("comments", "Comment", "A", NOON + timedelta(hours=1), html="words")


def changed(subject: Ref, viewer: Viewer) -> Iterator[Moment]:
    """A source of changes before and after."""
    yield Moment("changes", "Edited", "B", NOON)
    yield Moment("changes", "Edited again", "B", NOON + timedelta(hours=2))


@pytest.fixture(autouse=True)
def _own_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these two, the second registered twice."""
    monkeypatch.setattr(timeline, "_SOURCES", [])
    for source in (said, changed, changed):
        timeline.register(source)


def test_moments_of_all_sources_come_newest_first_and_once() -> None:
    told = timeline.about(SUBJECT, viewer=AnonymousUser())
    assert [moment.sentence for moment in told.moments] == ["Edited again", "Comment", "Edited"]
    assert [choice.label for choice in told.choices] == ["Everything", "Changes", "Comments"]


def test_one_kind_can_be_chosen_and_left_again() -> None:
    told = timeline.about(SUBJECT, viewer=AnonymousUser(), only="comments")
    assert [moment.sentence for moment in told.moments] == ["Comment"]
    assert [choice.chosen for choice in told.choices] == [False, False, True]
    empty = timeline.about(SUBJECT, viewer=AnonymousUser(), only="reviews")
    assert not empty.moments
    assert [choice.label for choice in empty.choices] == ["Everything", "Changes", "Reviews", "Comments"]


def test_an_unknown_kind_narrows_nothing() -> None:
    assert len(timeline.about(SUBJECT, viewer=AnonymousUser(), only="'; --").moments) == 3

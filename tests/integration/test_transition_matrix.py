"""State × actor × transition, allowed and refused, as transition_matrix.yaml says, at every door that has the verb."""

import gc
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.reviews.models import Condition, ReviewRequest
from apps.usecases.models import UseCase
from tests.factories.moments import MOMENTS, Cast, Moment
from tests.integration import doors
from tests.integration.doors import DONE, Answer, Try

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("transition_matrix.yaml").read_text(encoding="utf-8"))
LETTERS = {"y": DONE, "n": "not-allowed", "o": "not-allowed", "c": "conflict", "s": "stale"}
# Every cell at every door; else one in so many at another than the service, of those who do not speak for their row.
WHOLE = os.environ.get("COE_MATRIX", "") == "whole"
ONE_IN = 6
# What a form shows that its writer can mend.
_FORMS = ("decide", "recuse", "revoke", "overturn", "break_glass", "edit", "meet", "verify")
# Django's own; the trail, of which each try is asked by itself; and when a token was last used.
_BESIDES = ("django_", "audit_auditevent", "pghistory_", "accounts_apitoken")


class Row(NamedTuple):
    """Actors to whom the same happens, and the letters of the states in their order."""

    actors: list[str]
    letters: str


class Cell(NamedTuple):
    """One verb, one state, one actor, what should come of it, and at which doors it is tried."""

    verb: str
    state: str
    who: str
    letter: str
    doors: tuple[str, ...]


# The table.


@cache
def rows(name: str) -> list[Row]:
    """The rows of a verb."""
    cells = TABLE["verbs"][name]["cells"]
    return [Row(actors.split(), letters.replace(" ", "")) for actors, letters in cells.items()]


def states(name: str) -> list[str]:
    """The columns of a verb."""
    found: str = TABLE[TABLE["verbs"][name]["of"]]
    return found.split()


def cells(name: str) -> Iterator[Cell]:
    """Every try of a verb; where there are several outcomes, each of them in turn, and all of them in review."""
    outcomes = list(doors.DECISIONS) if name == "decide" else [name]
    actors = TABLE["actors"][TABLE["verbs"][name]["of"]].split()
    for row in rows(name):
        for who in row.actors:
            for place, state in enumerate(states(name)):
                turn, letter = actors.index(who) + place, row.letters[place]
                chosen = outcomes if state == "in_review" else [outcomes[turn % len(outcomes)]]
                at = _doors(name, turn, speaks=who == row.actors[0] and set(row.letters) != {"n"})
                for verb in chosen:
                    yield Cell(verb, state, who, letter, at)


def _doors(name: str, turn: int, *, speaks: bool) -> tuple[str, ...]:
    others = TABLE["verbs"][name]["doors"].split()
    if speaks or WHOLE:
        return ("service", *others)
    turn %= ONE_IN * len(others)
    return ("service", *others[turn : turn + 1])


@pytest.mark.parametrize("name", TABLE["verbs"])
def test_the_table_says_everything_about_everybody(name: str) -> None:
    told = Counter(who for row in rows(name) for who in row.actors)
    assert told == Counter(TABLE["actors"][TABLE["verbs"][name]["of"]].split())
    assert {len(row.letters) for row in rows(name)} == {len(states(name))}
    assert {letter for row in rows(name) for letter in row.letters} <= LETTERS.keys()


# The world.


class World:
    """Everybody, each state once, and what the database holds of them."""

    def __init__(self) -> None:
        self.cast = Cast()
        self.moments: dict[str, Moment] = {name: make(self.cast).stand_still() for name, make in MOMENTS.items()}
        self.doors: dict[str, Callable[[Try], Answer]] = {
            "service": doors.service, "page": doors.page, "desk": doors.desk,
            "api": partial(doors.api, etags=doors.Etags(self.cast)),
        }  # fmt: skip
        # The end of the trail: what came of a success is undone, what tells of a refusal stays.
        self.last = AuditEvent.objects.latest("sequence").sequence
        self.tries: Counter[str] = Counter()


@pytest.fixture
def world(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One world for all tries, each of which is undone by itself.

    Thousands of refusals would fill the log; looking for garbage among all that is loaded would take a tenth; and who
    gets which answer is asked here, not what it looks like, so pages are not drawn.
    """
    monkeypatch.setattr("django.shortcuts.loader.render_to_string", _words)
    logging.disable(logging.CRITICAL)
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    # The whole table may take longer than anybody may be idle.
    settings.SESSION_IDLE_SECONDS = settings.SESSION_LONGEST_SECONDS
    yield World()
    gc.set_threshold(*usual)
    logging.disable(logging.NOTSET)


def _words(_: str, context: dict[str, Any], *__: Any, **___: Any) -> str:
    """What a page says that refuses: the refusal, or what is wrong with the form."""
    error, form = context.get("error"), context.get("form")
    said = [getattr(error, "message", str(error))] if error else []
    return " ".join(said + [words for found in (form.errors if form else {}).values() for words in found])


def stored() -> dict[str, str]:
    """Table → a digest of all its rows, but for the trail."""
    tables = [name for name in connection.introspection.table_names() if not name.startswith(_BESIDES)]
    parts = [
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"  # noqa: S608 its own names
        for name in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


# Trying.


class Writes:
    """Whether a statement that writes was sent."""

    def __init__(self) -> None:
        self.seen = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Look at one statement and send it."""
        self.seen |= sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
        return execute(sql, params, many, context)


def attempt(world: World, name: str, cell: Cell, door: str, said: str) -> tuple[str, str]:
    """Try one cell at one door; the words of a refusal, and what is wrong about what came of it.

    `said` is what the service said, which every door must say as well. What a refusal left stays.
    """
    moment, writes = world.moments[cell.state], Writes()
    code = expected(name, cell, door)
    with transaction.atomic(), connection.execute_wrapper(writes):
        answer = world.doors[door](Try(world.cast, moment, cell.who, cell.verb))
        events = list(AuditEvent.objects.filter(sequence__gt=world.last).order_by("sequence")) if writes.seen else []
        wrong = _wrong_answer(code, answer, said if cell.letter != "o" else "") or _wrong_events(
            name, events, by=world.cast[cell.who], done=code == DONE
        )
        if code == DONE and not wrong:
            wrong = _wrong_state(name, cell, moment)
        transaction.set_rollback(DONE in (code, answer.code))
    if events and DONE not in (code, answer.code):
        world.last = events[-1].sequence
    world.tries[door] += 1
    told = f"{cell.verb} of {cell.who} in {cell.state} at the {door}: {wrong}" if wrong else ""
    return answer.words, told


def expected(name: str, cell: Cell, door: str) -> str:
    """The code of the answer at a door, which differs where a form shows what its writer can mend."""
    if (door != "service" and cell.who == "leaver") or (door in ("page", "desk") and cell.who == "program"):
        return "sign-in"
    if cell.letter == "y":
        return DONE
    if door == "desk":
        return "told"
    mended = door == "page" and (cell.letter == "o" or (cell.letter in "cs" and name in _FORMS))
    return "form" if mended else LETTERS[cell.letter]


# A page refuses by itself what it need not draw a form for; the desk lets nobody in who decides in no lane.
_EITHER = {"form": ("form", "conflict", "stale"), "told": ("told", "not-allowed")}


def _wrong_answer(code: str, answer: Answer, said: str) -> str:
    if answer.code not in _EITHER.get(code, (code,)):
        return f"{answer.code}, not {code}: {answer.words[:200]}"
    if answer.code in ("sign-in", DONE) or not answer.words or said in answer.words:
        return ""
    return f"it says “{answer.words[:200]}”, not “{said}”"


def _wrong_events(name: str, events: list[AuditEvent], *, by: User, done: bool) -> str:
    """A success leaves exactly its event under the actor's name; a refusal at most that it was refused."""
    mine = [event.action for event in events if event.actor_id == str(by.pk)]
    if done:
        leaves = TABLE["verbs"][name]["leaves"].split()
        return "" if mine == leaves else f"its events are {mine}, not {leaves}"
    told = {event.action for event in events}
    return "" if told <= {"review.refused"} else f"refused, it leaves {told}"


def _wrong_state(name: str, cell: Cell, moment: Moment) -> str:
    """What the thing became, if not what the table says."""
    becomes = TABLE["verbs"][name]["becomes"]
    wanted = (
        becomes.get(f"{cell.verb} in {cell.state}")
        or becomes.get(cell.verb)
        or becomes.get(cell.state)
        or becomes["any"]
    )
    found = _state(name, cell, moment)
    return "" if found == wanted else f"it becomes {found}, not {wanted}"


def _state(name: str, cell: Cell, moment: Moment) -> str:
    if name in ("meet", "verify"):
        return Condition.objects.get(pk=moment.conditions[name].pk).state.value
    if name in ("advance", "edit"):
        case = UseCase.objects.get(pk=moment.case.pk)
        return case.title if name == "edit" else str(case.stage).lower()
    if name in ("submit", "retire", "break_glass"):
        return ReviewRequest.objects.filter(subject_id=str(moment.case.pk)).latest("created_at").state
    return ReviewRequest.objects.get(pk=moment.request.pk).state


def try_all(world: World, name: str) -> Counter[str]:
    """Try every cell of a verb at its doors; raises AssertionError with all that is wrong. How many there were."""
    before, tried = stored(), Counter[str]()
    wrong: list[str] = []
    for cell in cells(name):
        said = ""
        for door in cell.doors:
            words, told = attempt(world, name, cell, door, said)
            said = words if door == "service" else said
            wrong += [told] if told else []
        tried[cell.letter] += len(cell.doors)
    print(f"{name}: {tried.total()} tries, {dict(tried)}")
    assert not wrong, "\n".join([f"{len(wrong)} of {tried.total()} tries are wrong:", *wrong[:60]])
    changed = {table for table, digest in stored().items() if digest != before[table]}
    assert not changed, f"what was refused has changed {changed}"
    return tried


@pytest.mark.django_db
def test_everybody_may_in_each_state_what_the_table_says_and_nothing_else(
    world: World, subtests: pytest.Subtests
) -> None:
    for name in TABLE["verbs"]:
        with subtests.test(name):
            try_all(world, name)
    print(f"{world.tries.total()} tries: {dict(world.tries)}")

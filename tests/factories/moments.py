"""A case in each moment that reviews can bring it to, and the same people around all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.reviews import services as reviews
from apps.reviews.models import Condition, Outcome, ReviewRequest
from apps.usecases import services as usecases
from apps.usecases.models import Stage, UseCase
from tests.factories import cases, shelves
from tests.factories.people import person

# The lane in which everybody tries to decide, once the others have.
LANE = "security"
# Name → their roles, besides deciding in that lane.
ROLES: dict[str, tuple[Role, ...]] = {
    "owner": (Role.BUSINESS_OWNER,), "sponsor": (), "contributor": (), "requester": (Role.ADMINISTRATOR,),
    "editor": (Role.AI_ENGINEER,), "deputy": (), "decided": (Role.ARCHITECT,), "recused": (), "reviewer": (),
    "absent": (), "stand_in": (), "head": (), "verifier": (), "steward": (Role.STEWARD,), "breaker": (),
    "administrator": (Role.ADMINISTRATOR,), "auditor": (Role.AUDITOR,), "superuser": (), "outsider": (),
    "leaver": (Role.ADMINISTRATOR,),
}  # fmt: skip
# Whoever is barred could decide in the lane otherwise: it must be the bar that refuses them.
DECIDING = (
    "owner", "sponsor", "contributor", "requester", "editor", "deputy", "decided", "recused", "reviewer", "absent",
    "leaver",
)  # fmt: skip
# What every gate asks, the one that retires a case included.
ANSWERS = {
    **cases.COMPLETE, "dependants": {"value": "Nobody."}, "keys_revoked": {"value": True},
    "data_end": {"value": "deleted"}, "kept_until": {"value": "2040-01-01"},
}  # fmt: skip
OTHER_LANES = {"other_lane": Lane.PRIVACY, "board": Lane.BOARD}


@contextmanager
def moved(days: int) -> Iterator[None]:
    """Let what follows happen so many days from now; before now for a negative number."""
    patch, usual = pytest.MonkeyPatch(), timezone.now
    patch.setattr(timezone, "now", lambda: usual() + timedelta(days=days))
    try:
        yield
    finally:
        patch.undo()


class Cast:
    """Everybody who tries something, each with a browser in which they are signed in; the program has a token."""

    def __init__(self) -> None:
        self._deciders: dict[str, User] = {}
        self.people: dict[str, User] = {name: person(*roles, staff=True) for name, roles in ROLES.items()}
        self.people |= {name: person(Role.REVIEWER, lane=lane, staff=True) for name, lane in OTHER_LANES.items()}
        for name in DECIDING:
            accounts.grant(user=self[name], role=Role.REVIEWER, lane=Lane(LANE), by=None)
        accounts.change_user(user=self["superuser"], by=None, is_superuser=True)
        reviews.set_lane_head(lane=LANE, person=self["head"], by=self["administrator"])
        reviews.permit_break_glass(person=self["breaker"], by=None)
        self._delegate("absent", "stand_in")
        self._delegate("owner", "deputy")
        self.clients = {name: Client() for name in self.people}
        for name, client in self.clients.items():
            client.force_login(self[name])
        self._add_program()
        accounts.deactivate(user=self["leaver"], by=None)
        self.people = {name: User.objects.get(pk=user.pk) for name, user in self.people.items()}
        self.pins = {
            "prompt_version": shelves.prompt(),
            "endpoint": shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]),
        }

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def decider(self, lane: str) -> User:
        """Somebody who decides in the lane, the same for every moment, and tries nothing."""
        if lane not in self._deciders:
            self._deciders[lane] = cases.decider(lane)
        return self._deciders[lane]

    def _delegate(self, absent: str, present: str) -> None:
        today, season = timezone.now().date(), timedelta(days=90)
        reviews.delegate(
            lane=LANE, to=self[present], starts_on=today - season, ends_on=today + season, reason="On leave.",
            by=self[absent],
        )  # fmt: skip

    def _add_program(self) -> None:
        keeper = self["administrator"]
        robot = accounts.add_service_account(username="robot", display_name="", responsible=keeper, by=keeper)
        accounts.grant(user=robot, role=Role.ADMINISTRATOR, by=None)
        accounts.grant(user=robot, role=Role.REVIEWER, lane=Lane(LANE), by=None)
        _, text = accounts.issue_token(owner=robot, name="all", scopes=["all:read", "all:write"], by=keeper)
        self.people["program"] = robot
        self.clients["program"] = Client(headers={"Authorization": f"Bearer {text}"})


class Moment:
    """One case, the request about it that is tried, if there is one, and the lane in which it is tried."""

    def __init__(self, cast: Cast, stage: Stage = Stage.PLAY) -> None:
        self.cast, self.lane, self.conditions = cast, LANE, dict[str, Condition]()
        self._request: ReviewRequest | None = None
        self._still: tuple[UseCase, ReviewRequest | None] | None = None
        self._case = cases.case(by=cast["owner"], stage=stage, sponsor=cast["sponsor"], answers=ANSWERS)
        for part, values in {"contributors": {"person": cast["contributor"]}, **cases.ROWS}.items():
            usecases.add_row(use_case=self.case, part=part, version=self.case.version, by=cast["owner"], **values)
        self.edit(by="editor", **cast.pins)
        cases.evidenced(self.case)

    @property
    def case(self) -> UseCase:
        """The case as it is stored."""
        return self._still[0] if self._still else UseCase.objects.get(pk=self._case.pk)

    @property
    def request(self) -> ReviewRequest:
        """The request as it is stored; of what was submitted alone."""
        assert self._request
        kept = self._still[1] if self._still else None
        return kept or ReviewRequest.objects.get(pk=self._request.pk)

    def stand_still(self) -> "Moment":
        """Read everything for the last time: from now on it is only tried, and what a try does is undone."""
        self._still = self.case, self.request if self._request else None
        return self

    def edit(self, *, by: str = "owner", **change: Any) -> None:
        """Change the case."""
        case = self.case
        usecases.edit(use_case=case, version=case.version, by=self.cast[by], **(change or {"title": "Sort letters"}))

    def ask(self, *, retire: bool = False) -> None:
        """Submit the case; one person steps back and every lane but the one that is tried decides."""
        self._request = usecases.submit(use_case=self.case, by=self.cast["requester"], retire=retire)
        if self.lane == LANE:
            reviews.recuse(request_id=self._request.pk, reason="I know them.", by=self.cast["recused"])
            self.decide("architecture", by="decided")
        for lane in set(self.request.undecided) - {self.lane}:
            self.decide(lane)

    def decide(self, lane: str = "", outcome: Outcome = Outcome.APPROVE, *, by: str = "", **more: Any) -> None:
        """Decide in a lane, as somebody who is not of the cast where nobody is named."""
        request, lane = self.request, lane or self.lane
        reviews.decide(
            request_id=request.pk, lane=lane, outcome=outcome, reason="Read and weighed.", **more,
            content_hash=request.content_hash, by=self.cast[by] if by else self.cast.decider(lane),
        )  # fmt: skip

    def approve(self, *, with_conditions: bool = False) -> None:
        """Decide in the lane that is left: for good, or with one condition that is open and one that is handed in."""
        if not with_conditions:
            self.decide()
            return
        people = {"owner": self.cast["owner"], "verifier": self.cast["verifier"]}
        asked = [cases.condition(text=text, **people) for text in ("Train the clerks.", "Print it.")]
        self.decide(outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=asked)
        rows = {row.text: row for row in Condition.objects.filter(decision__request=self.request)}
        reviews.meet_condition(condition_id=rows["Print it."].pk, evidence="Printed.", by=self.cast["owner"])
        self.conditions = {"meet": rows["Train the clerks."], "verify": rows["Print it."]}

    def break_glass(self) -> None:
        """Let the case through; the review that this forces is the one that is tried."""
        used = usecases.break_glass(use_case=self.case, reason="It burns.", by=self.cast["breaker"])
        self._request = used.request


def _asked(cast: Cast, **how: Any) -> Moment:
    moment = Moment(cast, **how)
    moment.ask()
    return moment


def _ended(cast: Cast, outcome: Outcome) -> Moment:
    moment = _asked(cast)
    moment.decide(outcome=outcome, **cases.said(outcome, moment.request))
    return moment


def _approved(cast: Cast, then: Callable[[Moment], object] = lambda _: None, **how: Any) -> Moment:
    moment = _asked(cast)
    moment.approve(**how)
    then(moment)
    return moment


def _edited_and_approved_again(moment: Moment) -> None:
    moment.edit()
    usecases.submit(use_case=moment.case, by=moment.cast["requester"])


def _withdrawn(cast: Cast) -> Moment:
    moment = _asked(cast)
    reviews.withdraw(request_id=moment.request.pk, by=cast["requester"])
    return moment


def _voided(cast: Cast) -> Moment:
    moment = _asked(cast)
    moment.edit()
    return moment


def _glass(cast: Cast) -> Moment:
    moment = Moment(cast)
    moment.break_glass()
    return moment


def _overdue(cast: Cast) -> Moment:
    with moved(-30):
        moment = _approved(cast, with_conditions=True)
    cases.evidenced(moment.case)
    return moment


def _operating(cast: Cast) -> Moment:
    moment = _asked(cast, stage=Stage.DEVELOP)
    moment.approve()
    usecases.advance(use_case=moment.case, by=cast["owner"])
    return moment


def _retiring(cast: Cast) -> Moment:
    moment = Moment(cast)
    moment.lane = "steward"
    moment.ask(retire=True)
    moment.approve()
    return moment


def _retired(cast: Cast) -> Moment:
    moment = _retiring(cast)
    usecases.advance(use_case=moment.case, by=cast["owner"])
    return moment


MOMENTS: dict[str, Callable[[Cast], Moment]] = {
    "draft": Moment,
    "in_review": _asked,
    "changes": lambda cast: _ended(cast, Outcome.REQUEST_CHANGES),
    "approved": _approved,
    "conditions": lambda cast: _approved(cast, with_conditions=True),
    "overdue": _overdue,
    "lapsed": lambda cast: _approved(cast, Moment.edit),
    "superseded": lambda cast: _approved(cast, _edited_and_approved_again),
    "expired": lambda cast: _approved(cast, lambda m: reviews.expire(request_id=m.request.pk, reason="Too old.")),
    "revoked": lambda cast: _approved(
        cast, lambda m: reviews.revoke(request_id=m.request.pk, reason="Leaked.", by=cast["board"])
    ),
    "rejected": lambda cast: _ended(cast, Outcome.REJECT),
    "withdrawn": _withdrawn,
    "voided": _voided,
    "glass": _glass,
    "operating": _operating,
    "retiring": _retiring,
    "retired": _retired,
}

"""The objects of the sweep, each in every relation to its actor that table.yaml has a column for."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, TeamOwned, User
from apps.core.refs import Ref
from apps.discussions import services as discussions
from apps.evaluations import services as evaluations
from apps.evaluations.models import EvaluationRun
from apps.evidence import services as evidence
from apps.evidence.models import Claim, Verdict
from apps.prompts import services as prompts
from apps.reviews import services as reviews
from apps.reviews.subjects import LaneAsk
from apps.usecases import selectors as usecases
from apps.usecases.models import UseCase
from apps.usecases.selectors import PARTS
from tests.access.others import Names, Others
from tests.factories import cases, shelves
from tests.factories.people import person, team, unit

COLUMNS = ("own", "team", "shared", "worked", "open", "foreign", "gone")
SHELVES = ("prompt", "endpoint", "dataset")
COMMON = (*COLUMNS, "common")
ROWS = tuple(f"{part} row" for part in PARTS)
ABOUT_CASES = ("case", "case id", "run", "job", "review", "claim", "comment")


class World:
    """Team A of the unit Retail, team B of the unit Risk, and what they have. `names[kind][column]` is in addresses."""

    def __init__(self) -> None:
        self.ours, self.theirs = team("A", within=unit("Retail")), team("B", within=unit("Risk"))
        self.third = team("C", within=unit("Risk"))
        self.admin, self.engineer = person(Role.ADMINISTRATOR), person(Role.AI_ENGINEER)
        self.hashes: dict[str, str] = {}
        self.names: dict[str, Names] = {kind: {} for kind in (*SHELVES, *ABOUT_CASES, *ROWS)}
        for kind in SHELVES:
            # The author of a shelf's thing is no more than any colleague.
            names = {column: self._shelf(kind, column) for column in COMMON}
            self.names[kind] = {column: slug for column, (slug, _) in names.items()}
            self.names[f"{kind} id"] = {column: pk for column, (_, pk) in names.items()}
        for column in COLUMNS[1:]:
            for kind, name in self.of_case(column, person(Role.BUSINESS_OWNER)).items():
                self.names[kind][column] = name

        seen, hidden = (Ref("use_case", self.names["case id"][column]) for column in ("open", "foreign"))
        self.others = Others(ours=self.ours, theirs=self.theirs, admin=self.admin, about=seen, restricted=hidden)
        self.names |= self.others.names

    def names_for(self, user: User | None) -> dict[str, Names]:
        """`names` with what is this person's own; what they cannot have is missing."""
        own = {kind: {"own": name} for kind, name in self.of_case("own", user).items()} if user else {}
        if user and user.is_active:
            own |= self.others.own(user)
        nothing = {kind: dict.fromkeys(("own", "lost"), names["gone"]) for kind, names in self.names.items()}
        return {kind: nothing[kind] | names | own.get(kind, {}) for kind, names in self.names.items()}

    def of_case(self, column: str, owner: User) -> Names:
        """A case of this owner, and a run, a job, a review and a claim of it."""
        if column == "gone":
            parts = {f"{part} row": f"UC-999999/{uuid4()}" for part in PARTS}
            return {"case": "UC-999999", **{kind: str(uuid4()) for kind in ABOUT_CASES[1:]}, **parts}
        author = owner if owner.is_active else self.engineer
        case = cases.case(by=author, business_unit=self._team(column).unit)
        # Who has left registers nothing, and stays the owner of what was theirs.
        UseCase.objects.filter(pk=case.pk).update(owner=owner)
        case, rows = cases.with_rows(UseCase.objects.get(pk=case.pk))
        run = self._run(case, owner)
        review = reviews.open_request(
            subject=case.subject, title="A case", gate="G1", revision=usecases.revision(case), evidence=[],
            lanes=[LaneAsk("steward", (), 5)], barred=[owner.pk], by=owner,
        )  # fmt: skip
        self.hashes[str(review.pk)] = review.content_hash
        comment = discussions.add(subject=case.subject, body="A comment", by=author)
        self._place("use_case", case, column)
        pks = {
            "case id": case.pk, "run": run.pk, "job": run.job_id, "review": review.pk,
            "claim": _claim(case.subject, owner).pk, "comment": comment.pk,
        }  # fmt: skip
        parts = {f"{part} row": f"{case.ref}/{row.pk}" for part, row in rows.items()}
        return {"case": case.ref, **{kind: str(pk) for kind, pk in pks.items()}, **parts}

    def _run(self, case: UseCase, owner: User) -> EvaluationRun:
        run = evaluations.start_run(
            prompt_version=shelves.prompt(), dataset_version=shelves.dataset([("What is 2 + 2?", "4")]),
            endpoint=shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]), scorers=["numeric"],
            gate_scorer="numeric", threshold=Decimal("0.8"), use_case=case, by=self.engineer,
        )  # fmt: skip
        # Whoever starts a run needs a role for it; the sweep's owners need not hold one.
        EvaluationRun.objects.filter(pk=run.pk).update(created_by=owner)
        return run

    def _shelf(self, kind: str, column: str) -> tuple[str, str]:
        """Its slug and its id."""
        if column == "gone":
            return "nothing-has-this-name", str(uuid4())
        made: dict[str, Callable[[], Any]] = {
            "prompt": lambda: shelves.prompt().prompt,
            "endpoint": lambda: shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]),
            "dataset": lambda: shelves.dataset().dataset,
        }
        thing = made[kind]()
        if kind == "prompt":
            prompts.set_label(version=thing.versions.get(), name="production", by=self.engineer)
        self._place(kind, thing, column)
        return str(thing.slug), str(thing.pk)

    def _place(self, kind: str, thing: TeamOwned, column: str) -> None:
        """Give it to the column's team, and share it as the column says."""
        if column == "common":
            return
        audience = Audience.ORGANISATION if column == "open" else Audience.TEAM
        accounts.assign(kind=kind, thing=thing, team=self._team(column), audience=audience, by=self.admin)
        if level := {"shared": access.READ, "worked": access.CHANGE}.get(column):
            accounts.share(kind=kind, thing=thing, team=self.ours, level=level, by=self.admin)

    def _team(self, column: str) -> Team:
        return self.ours if column in ("own", "team") else self.theirs


def _claim(subject: Ref, owner: User) -> Claim:
    return evidence.publish(
        subject=subject, name="evaluation.passed", verdict=Verdict.PASSED, summary="1 of 1 right", facts={},
        source=Ref("evaluation_run", str(uuid4())), content_hash="0" * 64, made_by=owner.pk,
        valid_until=timezone.now() + timedelta(days=1),
    )  # fmt: skip

"""Whoever reads what only a team may see is recorded, by whichever page or call; nobody who reads what all may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, TeamOwned, User
from apps.audit.models import AuditEvent
from apps.core.refs import Ref
from apps.discussions import services as discussions
from apps.evaluations import services as evaluations
from apps.usecases.selectors import PARTS
from tests.factories import cases, shelves
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """A case in review and what a run of it rests on; nothing is restricted yet."""

    reader: User
    ours: Team
    things: dict[str, TeamOwned]
    run: str
    review: str
    comments: dict[str, str]


@pytest.fixture
def world() -> World:
    """Things of a team, and somebody of it."""
    ours = team()
    reader = person(Role.BUSINESS_OWNER, Role.AI_ENGINEER, team=ours)
    case = cases.case(by=reader)
    prompt, dataset = shelves.prompt(), shelves.dataset()
    endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
    run = evaluations.start_run(
        prompt_version=prompt, dataset_version=dataset, endpoint=endpoint, scorers=["numeric"], gate_scorer="numeric",
        threshold=Decimal("0.8"), by=reader,
    )  # fmt: skip
    things: dict[str, TeamOwned] = {
        "use_case": case, "prompt": prompt.prompt, "dataset": dataset.dataset, "endpoint": endpoint,
    }  # fmt: skip
    review = cases.submitted(case)
    about = {kind: Ref(kind, str(thing.pk)) for kind, thing in things.items()}
    comments = {kind: str(discussions.add(subject=ref, body="Well.", by=reader).pk) for kind, ref in about.items()}
    return World(reader, ours, things, str(run.pk), str(review.pk), comments)


# What shows a thing of each kind: the page, or the call of the API.
Addresses = Callable[[World], list[str]]


def _of_case(world: World) -> list[str]:
    ref, key = world.things["use_case"].ref, world.things["use_case"].pk  # type: ignore[attr-defined]  # a case has one
    pages = ("detail", "evidence", "evaluations", "discussion", "history", "edit")
    return [
        *(reverse(f"usecases:{page}", args=[ref]) for page in pages),
        reverse("api-use-case", args=[ref]),
        *(reverse(f"api-use-case-{part}", args=[ref]) for part in ("answers", "tier", "route", "timeline", *PARTS)),
        *(reverse(f"reviews:{page}", args=[world.review]) for page in ("detail", "changes")),
        reverse("api-review", args=[world.review]),
        *_discussion(world, "use_case", key),
    ]


def _of_prompt(world: World) -> list[str]:
    slug, key = world.things["prompt"].slug, world.things["prompt"].pk  # type: ignore[attr-defined]  # a prompt has one
    pages = ("detail", "compare", "discussion", "history", "new_version")
    return [
        *(reverse(f"prompts:{page}", args=[slug]) for page in pages),
        *(reverse(name, args=[slug]) for name in ("api-prompt", "api-prompt-versions")),
        reverse("api-prompt-version", args=[slug, 1]),
        *_discussion(world, "prompt", key),
        *_of_run(world),
    ]


def _of_dataset(world: World) -> list[str]:
    slug, key = world.things["dataset"].slug, world.things["dataset"].pk  # type: ignore[attr-defined]  # it has one
    pages = ("dataset", "dataset_runs", "dataset_runs_csv", "dataset_discussion", "dataset_history")
    return [
        *(reverse(f"evaluations:{page}", args=[slug]) for page in pages),
        *(reverse(name, args=[slug]) for name in ("api-dataset", "api-dataset-versions")),
        *(reverse(name, args=[slug, 1]) for name in ("api-dataset-version", "api-dataset-items")),
        *_discussion(world, "dataset", key),
        *_of_run(world),
    ]


def _of_endpoint(world: World) -> list[str]:
    slug, key = world.things["endpoint"].slug, world.things["endpoint"].pk  # type: ignore[attr-defined]  # it has one
    pages = ("detail", "runs", "discussion", "history")
    return [
        *(reverse(f"catalog:{page}", args=[slug]) for page in pages),
        reverse("api-endpoint", args=[slug]),
        *_discussion(world, "endpoint", key),
        *_of_run(world),
    ]


def _of_run(world: World) -> list[str]:
    pages = [reverse(f"evaluations:{page}", args=[world.run]) for page in ("detail", "discussion", "history")]
    chart = reverse("evaluations:chart_csv", args=[world.run, "shares"])
    calls = [reverse(name, args=[world.run]) for name in ("api-evaluation-run", "api-evaluation-results")]
    return [*pages, chart, *calls, reverse("discussions:panel", args=["evaluation_run", world.run])]


def _discussion(world: World, kind: str, key: Any) -> list[str]:
    panel, comment = reverse("discussions:panel", args=[kind, key]), reverse("api-comment", args=[world.comments[kind]])
    return [panel, comment, f"{reverse('api-comments')}?subject={kind}:{key}"]


SHOWN: dict[str, Addresses] = {
    "use_case": _of_case, "prompt": _of_prompt, "dataset": _of_dataset, "endpoint": _of_endpoint,
}  # fmt: skip


def views(world: World) -> list[tuple[str, str]]:
    """The kind and id of whatever the reader was recorded to look at."""
    found = AuditEvent.objects.filter(action="record.viewed", actor_id=str(world.reader.pk))
    return list(found.order_by("sequence").values_list("subject_kind", "subject_id"))


@pytest.mark.parametrize("kind", SHOWN)
def test_each_address_that_shows_what_is_a_teams_records_one_look_at_it(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each look is the first within the hour, so that each is recorded.
    monkeypatch.setattr("apps.audit.services.ONE_VIEW", timedelta(0))
    thing = world.things[kind]
    accounts.assign(
        kind=kind, thing=thing, team=world.ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR)
    )  # fmt: skip
    client = Client()
    client.force_login(world.reader)
    for count, address in enumerate(SHOWN[kind](world)):
        assert client.get(address).status_code == 200, address
        assert views(world)[count:] == [(kind, str(thing.pk))], address


def test_no_address_records_a_look_at_what_everybody_may_see(world: World) -> None:
    client = Client()
    client.force_login(world.reader)
    assert {client.get(path).status_code for addresses in SHOWN.values() for path in addresses(world)} == {200}
    assert views(world) == []


def test_the_review_desk_records_a_look_at_what_it_shows(world: World) -> None:
    case = world.things["use_case"]
    accounts.assign(kind="use_case", thing=case, team=world.ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    world.reader = person(Role.STEWARD)
    client = Client()
    client.force_login(world.reader)
    path = reverse("admin:reviews_reviewrequest_change", args=[world.review])
    assert [client.get(path).status_code for _ in range(2)] == [200, 200]
    assert views(world) == [("use_case", str(case.pk))]


def test_a_form_that_is_sent_is_a_change_and_no_look(world: World) -> None:
    prompt = world.things["prompt"]
    accounts.assign(kind="prompt", thing=prompt, team=world.ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    client = Client()
    client.force_login(world.reader)
    path = reverse("prompts:new_version", args=[prompt.slug])  # type: ignore[attr-defined]  # a prompt has one
    assert client.post(path, {"user": "Other {{question}}"}).status_code == 302
    assert views(world) == []

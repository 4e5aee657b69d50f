"""A view of what only a team may see is noted by reading alone: a precondition leaves no event and takes no lock."""

import inspect
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, User
from apps.audit.models import AuditEvent
from apps.core.api import Resource
from apps.core.api.guards import guard_of
from apps.core.errors import ConflictError, StaleError
from apps.reviews import services as reviews
from apps.reviews.models import Outcome, ReviewRequest
from coe_portal import api
from tests.factories import cases, shelves
from tests.factories.people import person, team
from tests.integration.calls import Caller
from tests.integration.test_api_preconditions import WRONG, handlers
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db


def restricted(owner: User) -> Any:
    """A case that only its team, its owner and who governs may see."""
    case = cases.case(by=owner)
    administrator = person(Role.ADMINISTRATOR)
    accounts.assign(kind="use_case", thing=case, team=team(), audience=Audience.TEAM, by=administrator)
    return case


def views(of: User) -> int:
    """How often a view of somebody was noted."""
    return AuditEvent.objects.filter(action="record.viewed", actor_id=str(of.pk)).count()


def test_a_refused_write_is_no_view_and_reading_is_one() -> None:
    owner = person(Role.BUSINESS_OWNER)
    caller, path = Caller(owner), f"use-cases/{restricted(owner).ref}/"
    deeds = [("POST", f"{path}{deed}/") for deed in ("submit", "advance", "retire", "stage", "break-glass")]
    for method, address in (("PATCH", path), *deeds):
        assert caller.bare(method, address, b'{"title": "New"}', If_Match=WRONG).status_code == 412
    assert views(owner) == 0
    etag = caller.etag(path)
    assert views(owner) == 1
    assert caller.bare("PATCH", path, b'{"title": "New"}', If_Match=etag).status_code == 200


def test_moving_a_label_of_a_restricted_prompt_is_no_view() -> None:
    ours = team()
    engineer, version = person(Role.AI_ENGINEER, team=ours), shelves.prompt()
    administrator = person(Role.ADMINISTRATOR)
    accounts.assign(kind="prompt", thing=version.prompt, team=ours, audience=Audience.TEAM, by=administrator)
    caller, path = Caller(engineer), f"prompts/{version.prompt.slug}/labels/production/"
    assert caller.bare("PUT", path, b'{"version": 1}', If_None_Match="*").status_code == 200
    assert caller.bare("PUT", path, b'{"version": 1}', If_Match=WRONG).status_code == 412
    assert views(engineer) == 0
    caller.get(path)
    assert views(engineer) == 1


def test_a_look_at_a_restricted_case_through_its_claim_is_a_view() -> None:
    case = restricted(person(Role.BUSINESS_OWNER))
    claim = cases.evidenced(cases.pinned(case))
    auditor = person(Role.AUDITOR)
    Caller(auditor).get(f"claims/{claim.pk}/")
    assert views(auditor) == 1


# How a view notes a look: by itself, or in what its module reads by.
NOTING = ("note_view", "_read(", "_answer(")
# Details that show no content of a restricted thing: of people and places, of what is one's own, of the trail itself;
# of who sees a thing; and of a job, how far it is.
UNNOTED = {
    "DelegationDetail", "Deliveries", "DeliveryDetail", "EventDetail", "JobAttempts", "JobDetail", "PersonDetail",
    "RoleDetail", "SecretDetail", "Sharing", "TeamDetail", "UnitDetail", "WebhookDetail",
}  # fmt: skip


def test_every_detail_notes_a_view_or_is_of_what_is_never_restricted() -> None:
    lacking = {
        view.__name__ for view, path in details() if not any(sign in text for text in sources(view) for sign in NOTING)
    }
    assert lacking == UNNOTED


def details() -> Iterator[tuple[Any, str]]:
    """(view, path) of every address of the API that names a thing and can be read."""
    waiting: list[Any] = list(api.v1)
    while waiting:
        entry = waiting.pop()
        if hasattr(entry, "url_patterns"):
            waiting += entry.url_patterns
        elif "<" in str(entry.pattern) and hasattr(entry.callback.view_class, "get"):
            yield entry.callback.view_class, str(entry.pattern)


def sources(view: type[Any]) -> Iterator[str]:
    """The text of the view's own methods; some views are made of methods and have no text of their own."""
    yield from (inspect.getsource(found) for found in vars(view).values() if inspect.isfunction(found))


def test_a_thing_that_notes_views_says_apart_what_is_shown() -> None:
    guards = [(view, guard_of(getattr(view, method), method)) for view, method in handlers()]
    found = {guard.thing or view for view, guard in guards if guard.changes}
    noting = [view for view in found if any("note_view" in text for text in sources(view))]
    assert noting
    assert not [view.__name__ for view in noting if view.shown is Resource.shown]


@pytest.mark.django_db(transaction=True)
def test_the_first_edit_within_the_hour_and_a_decision_never_wait_for_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each look is the first within the hour, so that each would be noted.
    monkeypatch.setattr("apps.audit.services.ONE_VIEW", timedelta(0))
    for number in range(8):
        owner, steward = person(Role.BUSINESS_OWNER), person(Role.STEWARD)
        case = restricted(owner)
        request = cases.submitted(case)
        caller, path = Caller(owner), f"use-cases/{case.ref}/"
        etag, body = caller.etag(path), json.dumps({"title": f"Edited {number}"}).encode()
        decide = partial(
            reviews.decide, request_id=request.pk, lane="steward", outcome=Outcome.REJECT, reason="Read.",
            content_hash=request.content_hash, by=steward, appeal="Write to the board.",
        )  # fmt: skip
        decided, edited = at_once(decide, partial(caller.bare, "PATCH", path, body, If_Match=etag))
        assert isinstance(decided, ReviewRequest | StaleError | ConflictError), decided
        # Once it is decided the case has another standing than the one that was read.
        assert edited.status_code in (200, 412), edited.content

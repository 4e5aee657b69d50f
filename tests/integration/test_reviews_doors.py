"""Reviews by the portal's pages, the API and the review desk: the same verbs, refused and allowed alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Lane, Role, User
from apps.audit.models import AuditEvent
from apps.reviews import selectors, services
from apps.reviews.models import (
    Condition,
    Decision,
    Delegation,
    LaneHead,
    Outcome,
    Recusal,
    RequestState,
    ReviewRequest,
)
from apps.reviews.subjects import LaneAsk
from tests.factories.people import person, team
from tests.factories.reviewed import BOTH, Thing, board, decide, reviewer
from tests.integration.test_notifications import browse

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


def page(client: Client, name: str, key: Any) -> str:
    """The page of that name, answered 200."""
    response = client.get(reverse(f"reviews:{name}", args=[key]))
    assert response.status_code == 200
    return response.content.decode()


def form(request: ReviewRequest, **change: Any) -> dict[str, Any]:
    """An approval in the security lane as the page's form sends it, but for what `change` says."""
    return {
        "lane": "security", "outcome": "approve", "reason": "Read and weighed.", "appeal": "Write to the board.",
        "seen_hash": request.content_hash, **change,
    }  # fmt: skip


def written(number: int = 1, **change: Any) -> dict[str, Any]:
    """A condition as the form sends it."""
    parts = {
        "text": "Train the clerks.", "owner": person().pk, "verifier": person().pk, "blocking": "on",
        "due_on": timezone.now().date() + timedelta(days=7), **change,
    }  # fmt: skip
    return {f"{part}_{number}": value for part, value in parts.items()}


# Pages.


def test_whose_turn_it_is_finds_the_form_and_decides(thing: Thing) -> None:
    request, someone = thing.ask(), reviewer("security")
    client = browse(someone)
    shown = page(client, "detail", request.pk)
    assert 'name="outcome"' in shown
    assert "5 days left" in shown or "4 days left" in shown
    answer = client.post(reverse("reviews:decide", args=[request.pk]), form(request), follow=True)
    assert "Your decision is recorded." in answer.content.decode()
    assert Decision.objects.get().actor == someone
    assert 'name="outcome"' not in page(client, "detail", request.pk)


def test_others_read_the_review_and_find_no_form(thing: Thing) -> None:
    request = thing.ask()
    client = browse(person())
    assert 'name="outcome"' not in page(client, "detail", request.pk)
    assert client.post(reverse("reviews:decide", args=[request.pk]), form(request)).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": " "}, "required"),
        ({"outcome": "request_changes"}, "Name at least one field to change."),
        ({"outcome": "reject", "appeal": " "}, "Say where the rejection can be questioned."),
        ({"outcome": "approve_conditions"}, "Add at least one condition"),
        ({"outcome": "approve_conditions", "text_1": "Train."}, "A condition needs this."),
        ({"text_1": "Train.", "due_on_1": "soon"}, "Enter a valid date."),
        ({"outcome": "shrug"}, "Select a valid choice"),
        ({"lane": "finance"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_nothing_is_lost(thing: Thing, change: dict[str, str], said: str) -> None:
    request = thing.ask()
    client = browse(reviewer("security"))
    sent = form(request, reason="Weighed for long.") | change
    answer = client.post(reverse("reviews:decide", args=[request.pk]), sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert said in shown
    assert sent["reason"].strip() in shown
    assert not Decision.objects.exists()


def test_an_approval_with_conditions_is_written_on_the_page(thing: Thing) -> None:
    request = thing.ask(BOTH[0])
    sent = form(request, outcome="approve_conditions") | written(1) | written(2, text="Print it.", blocking="")
    client = browse(reviewer("security"))
    assert client.post(reverse("reviews:decide", args=[request.pk]), sent).status_code == 302
    first, second = Condition.objects.order_by("created_at")
    assert (first.blocking, second.blocking, second.text) == (True, False, "Print it.")
    assert "Print it." in page(client, "detail", request.pk)


def test_a_condition_whose_owner_verifies_it_is_refused_with_the_rest_kept(thing: Thing) -> None:
    request, both = thing.ask(BOTH[0]), person()
    sent = form(request, outcome="approve_conditions") | written(1, owner=both.pk, verifier=both.pk)
    answer = browse(reviewer("security")).post(reverse("reviews:decide", args=[request.pk]), sent)
    assert answer.status_code == 422
    assert "its owner cannot verify it" in answer.content.decode()


def test_a_delegate_decides_on_behalf_and_both_names_are_shown(thing: Thing) -> None:
    request, absent, deputy = thing.ask(BOTH[0]), reviewer("security"), person()
    day = timezone.now().date()
    given = browse(absent).post(
        reverse("reviews:delegations"),
        {"lane": "security", "to": deputy.pk, "starts_on": day, "ends_on": day, "reason": "On leave."},
    )
    assert given.status_code == 302
    client = browse(deputy)
    assert f"on behalf of {absent}" in page(client, "detail", request.pk)
    sent = form(request, lane=f"security:{absent.pk}")
    assert client.post(reverse("reviews:decide", args=[request.pk]), sent).status_code == 302
    assert Decision.objects.get().on_behalf_of == absent
    assert f"{deputy} on behalf of {absent}" in page(client, "detail", request.pk)


def test_a_decision_that_comes_too_late_says_so_and_is_recorded(thing: Thing) -> None:
    request, late = thing.ask(BOTH[0]), reviewer("security")
    decide(request, "security")
    answer = browse(late).post(reverse("reviews:decide", args=[request.pk]), form(request))
    assert answer.status_code == 409
    assert AuditEvent.objects.filter(action="review.refused").count() == 1
    shown = answer.content.decode()
    assert "has already been decided" in shown or "nothing can be decided any more" in shown
    assert "Read and weighed." in shown.partition("<textarea")[2]
    assert '<button class="button primary">Decide' not in shown


@pytest.mark.parametrize(("seen", "said"), [("", "content changed"), ("0" * 64, "another content")])
def test_a_decision_on_content_that_is_gone_keeps_the_reason_on_the_page(thing: Thing, seen: str, said: str) -> None:
    request, client = thing.ask(), browse(reviewer("security"))
    if not seen:
        # Past the services, so that only the decision finds it out.
        thing.fields["Title"] = "Another title"
    sent = form(request, reason="Weighed for long.") | ({"seen_hash": seen} if seen else {})
    answer = client.post(reverse("reviews:decide", args=[request.pk]), sent)
    assert answer.status_code == 412
    shown = answer.content.decode()
    assert said in shown
    assert "Weighed for long." in shown
    assert not Decision.objects.exists()
    if not seen:
        again = client.post(reverse("reviews:decide", args=[request.pk]), sent)
        assert again.status_code == 412
        assert "Weighed for long." in again.content.decode()


def test_a_lane_that_was_decided_meanwhile_keeps_the_reason_and_offers_what_is_left(thing: Thing) -> None:
    request, both = thing.ask(), reviewer("security")
    accounts.grant(user=both, role=Role.REVIEWER, lane=Lane.FINANCE, by=person(Role.ADMINISTRATOR))
    decide(request, "security")
    answer = browse(both).post(reverse("reviews:decide", args=[request.pk]), form(request, reason="Weighed for long."))
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "has already been decided" in shown
    assert "Weighed for long." in shown
    assert 'value="finance"' in shown
    assert AuditEvent.objects.filter(action="review.refused").count() == 1


def test_the_changes_are_shown_since_each_lanes_own_last_decision(thing: Thing) -> None:
    first = thing.ask()
    decide(first, "security")
    thing.fields["Title"] = "Second title"
    decide(first_changed(thing, first), "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.fields["Cost"] = "90"
    third = thing.ask()
    shown = page(browse(person()), "changes", third.pk)
    security, finance = shown.split("since its last decision")[1:3]
    assert ("Second" in security, "90" in security) == (True, True)
    assert ("Second" in finance, "90" in finance) == (False, True)
    assert "watched by this lane" in finance
    overview = page(browse(person()), "detail", third.pk)
    assert "Carried over" in overview
    assert f"/reviews/{first.pk}/" in overview


def first_changed(thing: Thing, first: ReviewRequest) -> ReviewRequest:
    """The next request after the first was voided by a change."""
    services.void_if_changed(subject=thing.subject, content_hash="other")
    first.refresh_from_db()
    assert first.state == RequestState.VOIDED
    return thing.ask()


def test_stepping_back_revoking_and_overturning_are_pages_for_those_who_may(make: Make) -> None:
    someone, member, asked = reviewer("security"), board(), make().ask()
    approved, rejected = decide(make().ask(BOTH[0]), "security"), make().ask(BOTH[0])
    decide(rejected, "security", outcome=Outcome.REJECT)
    rows = [("recuse", asked, someone), ("revoke", approved, member), ("overturn", rejected, member)]
    for name, request, doer in rows:
        address = reverse(f"reviews:{name}", args=[request.pk])
        assert browse(person(Role.ADMINISTRATOR)).get(address).status_code == 403
        client = browse(doer)
        assert address in page(client, "detail", request.pk)
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": " "}).status_code == 422
        assert client.post(address, {"reason": "For a reason."}).status_code == 302
    approved.refresh_from_db()
    rejected.refresh_from_db()
    assert (approved.state, rejected.state) == (RequestState.REVOKED, RequestState.APPROVED)
    assert Recusal.objects.get().person == someone


def test_a_condition_is_handed_in_and_verified_on_its_page(thing: Thing) -> None:
    condition = conditional(thing)
    address = reverse("reviews:condition", args=[condition.pk])
    owner, verifier, other = browse(condition.owner), browse(condition.verifier), browse(person())
    assert condition.text in owner.get(reverse("reviews:conditions")).content.decode()
    assert "<textarea" not in other.get(address).content.decode()
    assert other.post(address, {"evidence": "Done."}).status_code == 403
    assert owner.post(address, {"evidence": " "}).status_code == 422
    assert owner.post(address, {"evidence": "All were trained."}).status_code == 302
    assert condition.text in verifier.get(reverse("reviews:conditions")).content.decode()
    assert verifier.post(address, {"accepted": "no", "reason": ""}).status_code == 422
    assert verifier.post(address, {"accepted": "yes"}).status_code == 302
    assert Condition.objects.get().verified_by == condition.verifier


def conditional(thing: Thing) -> Condition:
    """A condition of an approval."""
    decide(thing.ask(BOTH[0]), "security", outcome=Outcome.APPROVE_WITH_CONDITIONS)
    return Condition.objects.get()


def test_conditions_and_delegations_are_missing_to_whoever_may_not_see_them(thing: Thing) -> None:
    condition, day = conditional(thing), timezone.now().date()
    given = services.delegate(
        lane="security", to=person(), starts_on=day, ends_on=day, reason="Leave.", by=reviewer("security")
    )
    accounts.assign(
        kind="prompt", thing=thing.prompt, team=team(), audience=Audience.TEAM, by=person(Role.ADMINISTRATOR)
    )
    client = browse(person())
    assert client.get(reverse("reviews:condition", args=[condition.pk])).status_code == 404
    assert client.get(reverse("api-condition", args=[condition.pk])).status_code == 404
    assert client.post(reverse("reviews:condition", args=[condition.pk]), {"evidence": "Done."}).status_code == 404
    assert client.get("/api/v1/conditions/").json()["results"] == []
    assert client.get(reverse("api-delegation", args=[given.pk])).status_code == 404
    assert client.post(reverse("reviews:end_delegation", args=[given.pk])).status_code == 404
    for name in ("meet", "verify"):
        address = reverse(f"api-condition-{name}", args=[condition.pk])
        assert client.post(address, {}, content_type="application/json").status_code == 404
    auditor = browse(person(Role.AUDITOR))
    assert auditor.get(reverse("api-delegation", args=[given.pk])).status_code == 200
    assert auditor.post(reverse("reviews:end_delegation", args=[given.pk])).status_code == 403


def test_ones_delegation_ends_on_its_page() -> None:
    absent, deputy, day = reviewer("security"), person(), timezone.now().date()
    given = services.delegate(lane="security", to=deputy, starts_on=day, ends_on=day, reason="Leave.", by=absent)
    client = browse(deputy)
    assert "End it" in client.get(reverse("reviews:delegations")).content.decode()
    assert client.post(reverse("reviews:end_delegation", args=[given.pk])).status_code == 302
    assert Delegation.objects.get().ended_at
    assert "End it" not in client.get(reverse("reviews:delegations")).content.decode()
    assert client.post(reverse("reviews:delegations"), {}).status_code == 403, "a delegate has no lane of their own"


# The review desk.


def test_the_desks_queue_is_narrowed_by_lane_and_shows_clocks_in_colour(make: Make) -> None:
    first, second = make(), make()
    services.open_request(
        subject=first.subject, title="Only legal", gate="G2", revision=first.revision, evidence=[],
        lanes=[LaneAsk("legal", (), 5)], barred=[], by=first.owner,
    )  # fmt: skip
    second.ask()
    client = browse(reviewer("security"))
    address = reverse("admin:reviews_reviewrequest_changelist")
    both, narrowed = (client.get(f"{address}{query}").content.decode() for query in ("", "?waits=security"))
    assert "Only legal" in both
    assert "Only legal" not in narrowed
    assert "A prompt" in narrowed
    assert 'class="badge neutral"' in narrowed


def test_approving_many_decides_each_by_the_guarded_service_and_says_what_came_of_each(make: Make) -> None:
    someone = reviewer("security")
    fine, barred, edited = make(), make(), make()
    requests = [fine.ask(BOTH[0]), barred.ask(BOTH[0], barred=[someone.pk]), edited.ask(BOTH[0])]
    client, address = browse(someone), reverse("admin:reviews_reviewrequest_changelist")
    chosen = {"action": "approve_selected", "_selected_action": [str(request.pk) for request in requests]}
    asked = client.post(address, chosen)
    assert all(f"seen-{request.pk}" in asked.content.decode() for request in requests)
    edited.fields["Data"] = "Addresses"
    seen = {f"seen-{request.pk}": request.content_hash for request in requests}
    answer = client.post(address, {**chosen, **seen, "reason": "All read."}, follow=True).content.decode()
    assert answer.count("approved in the lane Security") == 1
    assert answer.count("not approved") == 2
    states = [ReviewRequest.objects.get(pk=request.pk).state for request in requests]
    assert states == ["approved", "in_review", "voided"]


def test_whoever_has_two_lanes_says_in_which_they_approve_many(make: Make) -> None:
    both, request = reviewer("security"), make().ask()
    accounts.grant(user=both, role=Role.REVIEWER, lane=Lane.FINANCE, by=person(Role.ADMINISTRATOR))
    client, address = browse(both), reverse("admin:reviews_reviewrequest_changelist")
    chosen = {"action": "approve_selected", "_selected_action": [str(request.pk)]}
    assert f'name="lane-{request.pk}"' in client.post(address, chosen).content.decode()
    narrowed = client.post(f"{address}?waits=finance", chosen).content.decode()
    assert '<option value="finance" selected>' in narrowed
    sent = {**chosen, f"seen-{request.pk}": request.content_hash, "reason": "Read."}
    silent = client.post(address, sent, follow=True).content.decode()
    assert "say in which you decide" in silent
    assert not Decision.objects.exists()
    client.post(address, {**sent, f"lane-{request.pk}": "finance"})
    assert Decision.objects.get().lane == "finance"


def test_the_desk_shows_carry_over_and_what_changed_since_the_lanes_decision(thing: Thing) -> None:
    first = thing.ask()
    decide(first, "security")
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.fields["Cost"] = "90"
    second = thing.ask()
    client = browse(reviewer("finance"))
    shown = client.get(reverse("admin:reviews_reviewrequest_change", args=[second.pk])).content.decode()
    assert "Carried over" in shown
    assert "<del>100</del> <ins>90</ins>" in shown
    assert "Cost (watched)" in shown
    sent = {"lane": "finance", "outcome": "approve", "reason": "Fine.", "seen_hash": second.content_hash}
    client.post(reverse("admin:reviews_reviewrequest_change", args=[second.pk]), sent)
    assert ReviewRequest.objects.get(pk=second.pk).state == RequestState.APPROVED


def test_lane_heads_are_named_in_the_admin_by_the_service() -> None:
    admin, head = person(Role.ADMINISTRATOR, staff=True), person()
    accounts.change_user(user=admin, by=None, is_superuser=True)
    client = browse(User.objects.get(pk=admin.pk))
    add = reverse("admin:reviews_lanehead_add")
    assert client.post(add, {"lane": "security", "person": head.pk}).status_code == 302
    named = LaneHead.objects.get()
    assert (named.lane, named.person) == ("security", head)
    assert AuditEvent.objects.filter(action="lane_head.named").count() == 1
    gone = client.post(reverse("admin:reviews_lanehead_delete", args=[named.pk]), {"post": "yes"})
    assert gone.status_code == 302
    assert not selectors.heads(viewer=head)

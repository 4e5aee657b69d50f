"""The pages of a case: its tier, the way through its gates, the list, the funnel and My work."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.reviews import services as reviews
from apps.reviews.models import Outcome
from apps.usecases import selectors, services
from apps.usecases.models import Stage, StageStay, Tier, UseCase
from tests.factories import cases
from tests.factories.answers import FIRING, HARMLESS
from tests.factories.people import person
from tests.integration.case_pages import HTMX, answered, blank, now, owner, page, send, typed

__all__ = ["owner"]
pytestmark = pytest.mark.django_db
IDEA = {"title": "Answer letters about parking permits"}


def test_the_tier_shows_every_rule_by_which_answers_and_what_would_change_it(client: Client, owner: User) -> None:
    case = answered(cases.case(by=owner), **{**HARMLESS, **FIRING["safety-component"]})
    told = page(client, case, "tier")
    assert "It is a safety component of a regulated product" in told
    assert "EU AI Act, Article 6(1), Annex I" in told
    assert "If <a" in told
    assert "Provisional" not in told
    assert f"{reverse('usecases:section', args=[case.ref, 'law'])}#q-safety_component" in told
    assert "Raise the tier" not in told


def test_a_new_case_is_of_the_worst_tier_provisionally_and_says_what_is_open(client: Client, owner: User) -> None:
    case = blank(owner)
    assert "Prohibited, provisional" in page(client, case, "detail")
    assert "Provisional: what is open counts as its worst answer" in page(client, case, "tier")


def test_a_tier_is_raised_by_one_and_lowered_by_two(client: Client) -> None:
    case = answered(cases.case(), **HARMLESS)
    first, second = person(Role.STEWARD), person(Role.REVIEWER, lane=Lane.SECURITY)
    client.force_login(first)
    assert "Propose a lower tier" not in page(client, case, "tier")
    send(client, case, "raise_tier", to="HIGH", reason="It is close to people.")
    assert "Set by reviewers" in page(client, case, "tier")
    assert 'href="#id_to"' in send(client, case, "raise_tier", to="STANDARD", reason="No.", status=422)
    day = (timezone.now() + timedelta(days=30)).date()
    send(client, case, "lower_tier", to="STANDARD", reason="A pilot only.", expires_on=day.isoformat())
    assert "Confirm the lower tier" not in page(client, case, "tier")
    client.force_login(second)
    assert "Confirm the lower tier" in page(client, case, "tier")
    assert case.title in client.get(reverse("my_work")).content.decode()
    told = send(client, case, "confirm_tier", proposal=uuid4(), status=409)
    assert "another lower tier is proposed than you saw: Standard until" in told
    send(client, case, "confirm_tier", status=409)
    send(client, case, "decline_tier", reason="No.", proposal=uuid4(), status=422)
    seen = selectors.proposal(case)
    assert seen
    for at in ("tier", "decline_tier"):
        assert f'name="proposal" value="{seen.pk}"' in page(client, case, at)
    assert "“A pilot only.”" in page(client, case, "decline_tier")
    send(client, case, "confirm_tier", proposal=seen.pk)
    assert selectors.effective_tier(case) == Tier.STANDARD
    assert "Confirm" not in client.get(reverse("my_work")).content.decode()
    send(client, case, "decline_tier", reason="Too late.", status=422)


def test_whoever_has_a_part_is_offered_no_lower_tier(client: Client) -> None:
    owner = person(Role.STEWARD)
    case = answered(cases.case(by=owner), **{**HARMLESS, **FIRING["safety-component"]})
    client.force_login(owner)
    told = page(client, case, "tier")
    assert "Raise the tier" in told
    assert "Propose a lower tier" not in told
    soon = (timezone.now() + timedelta(days=3)).date().isoformat()
    send(client, case, "lower_tier", to="STANDARD", reason="Mine.", expires_on=soon, status=403)


# The way through the gates.


def test_the_next_gate_names_what_is_missing_and_where_it_is_given(client: Client, owner: User) -> None:
    case = blank(owner)
    told = page(client, case, "detail")
    assert "Next gate, G1: Try it out" in told
    assert told.count(reverse("usecases:section", args=[case.ref, "law"])) >= 1
    assert "answers in the record" in told
    UseCase.objects.filter(pk=case.pk).update(stage=Stage.PLAY)
    told = page(client, case, "detail")
    assert "Needs a pinned prompt version" in told


def test_a_case_is_edited_although_its_owner_and_sponsor_have_left(client: Client, owner: User, contexts: None) -> None:
    case = cases.case(by=owner, sponsor=person())
    for leaver in (case.owner, case.sponsor):
        assert leaver
        accounts.deactivate(user=leaver, by=None)
    client.force_login(person(Role.ADMINISTRATOR))
    form = client.get(reverse("usecases:edit", args=[case.ref])).context["form"]
    send(client, case, "edit", **{**typed(form), "title": "Sort letters"})
    assert (now(case).title, now(case).owner, now(case).sponsor) == ("Sort letters", case.owner, case.sponsor)
    other = person()
    accounts.deactivate(user=other, by=None)
    send(client, case, "edit", **{**typed(form), "version": 2, "owner": other.pk}, status=422)


def test_why_a_case_is_new_is_mended_where_lanes_ask_for_it(client: Client, owner: User, contexts: None) -> None:
    case = cases.case(by=owner, why_new="Ours is for residents.")
    review = cases.submitted(case)
    reviews.decide(
        request_id=review.pk, lane="steward", outcome=Outcome.REQUEST_CHANGES, reason="Say more.",
        by=person(Role.STEWARD), content_hash=review.content_hash, fields=["Why new"],
    )  # fmt: skip
    told = page(client, case, "detail").split("Say more.")[1]
    assert f'href="/use-cases/{case.ref}/edit">Why new' in told
    form = client.get(reverse("usecases:edit", args=[case.ref])).context["form"]
    send(client, case, "edit", **{**typed(form), "why_new": "Ours is for residents alone."})
    assert now(case).why_new == "Ours is for residents alone."


def test_the_route_says_who_decides_and_how_long_it_takes(client: Client, owner: User) -> None:
    case, steward = cases.case(by=owner), person(Role.STEWARD)
    whole = page(client, case, "route")
    assert str(steward) in whole
    assert "target 5" in whole
    part = client.get(reverse("usecases:route", args=[case.ref]), headers=HTMX).content.decode()
    assert str(steward) in part
    assert "<html" not in part
    assert page(client, case, "detail").count(str(steward)) == 0


def test_changes_that_are_requested_lead_to_where_they_are_made(client: Client, owner: User) -> None:
    case = cases.case(by=owner)
    review = cases.submitted(case)
    reviews.decide(
        request_id=review.pk, lane="steward", outcome=Outcome.REQUEST_CHANGES, reason="Say more.",
        by=person(Role.STEWARD), content_hash=review.content_hash, fields=["Title", "Autonomy", "Risks"],
    )  # fmt: skip
    told = page(client, case, "detail")
    assert "Changes are requested" in told
    for url in ("/edit", "/record/autonomy", "/rows/risks"):
        assert f'href="/use-cases/{case.ref}{url}"' in told.split("Say more.")[1]


def test_a_case_is_retired_through_its_gate(client: Client, owner: User) -> None:
    case = cases.case(by=owner, stage=Stage.PLAY)
    assert "Dependants" in page(client, case, "retire")
    assert "disabled" in page(client, case, "retire")
    send(client, case, "retire", status=422)
    answered(case, dependants={"value": "Nobody."}, keys_revoked={"value": True}, data_end={"value": "deleted"},
             kept_until={"value": "2030-01-01"})  # fmt: skip
    send(client, case, "retire")
    assert "Retire" not in page(client, case, "detail").split("<h1>")[1].split("</h1>")[1].split("steps")[0]
    assert selectors.use_case(case.ref, viewer=owner).review_gate == "G5"
    pending = reviews.open_for(case.subject)
    assert pending
    cases.decided(pending)
    assert "Retire the case" in page(client, case, "detail")
    send(client, case, "advance")
    assert now(case).stage == Stage.RETIRED
    assert "No further gate leads on" in page(client, case, "detail")


def test_only_the_permission_breaks_the_glass(client: Client, owner: User) -> None:
    case = answered(cases.case(by=owner), **HARMLESS)
    assert "Break the glass" not in page(client, case, "detail")
    send(client, case, "break_glass", reason="Now.", status=403)
    owner.user_permissions.add(Permission.objects.get(codename="break_glass", content_type__app_label="reviews"))
    assert "Break the glass" in page(client, case, "detail")
    assert 'href="#id_reason"' in send(client, case, "break_glass", status=422)
    send(client, case, "break_glass", reason="The call centre is down.")
    assert "Cleared with conditions" in page(client, case, "detail")


# The list, the funnel, My work.


def test_the_list_is_narrowed_by_tier_stuck_and_due(client: Client, owner: User) -> None:
    cases.case(by=owner, title="Case calm")
    late, due = (cases.case(by=owner, title=f"Case {name}", answers={}) for name in ("late", "due"))
    long_ago = timezone.now() - timedelta(days=100)
    StageStay.objects.filter(use_case=late).update(entered_at=long_ago)
    UseCase.objects.filter(pk=due.pk).update(review_due_on=timezone.now().date() - timedelta(days=1))

    def found(query: str) -> set[str]:
        rows = client.get(f"{reverse('usecases:list')}?{query}").content.decode()
        return {name for name in ("calm", "late", "due") if f"Case {name}</a>" in rows}

    assert found("tier=STANDARD") == {"calm"}
    assert found("provisional=yes") == {"late", "due"}
    assert found("provisional=no") == {"calm"}
    assert found("stuck=yes") == {"late"}
    assert found("due=overdue") == {"due"}
    assert found("due=soon") == set()
    assert found("due=dated") == {"due"}
    assert "Part of the address was not understood" in client.get("/use-cases/?due=never").content.decode()


def test_the_funnel_leads_to_the_cases_that_are_stuck(client: Client, owner: User) -> None:
    case = cases.case(by=owner)
    StageStay.objects.filter(use_case=case).update(entered_at=timezone.now() - timedelta(days=100))
    told = client.get(reverse("reports")).content.decode()
    assert "/use-cases/?stage=DISCOVER&amp;stuck=yes" in told
    assert "median 100 days, 1 stuck" in told


def test_my_work_lists_what_was_begun_and_what_is_owed(client: Client, owner: User) -> None:
    services.save_draft(values=IDEA, by=owner)
    case = blank(owner)
    answered(case, **HARMLESS, **{key: {"missing": "not_applicable"} for key in ("eu_role",)})
    told = client.get(reverse("my_work")).content.decode()
    assert IDEA["title"] in told
    assert "Go on" in told


@pytest.mark.parametrize("name", ["detail", "record", "tier"])
def test_a_page_of_a_case_asks_the_same_however_much_it_holds(
    client: Client, owner: User, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = answered(cases.case(by=owner), **{**HARMLESS, **FIRING["safety-component"]})
    for number in range(3):
        services.add_row(
            use_case=case, part="value", version=now(case).version, by=owner, metric=f"Days {number}", target=2,
            method="Counted",
        )  # fmt: skip
    page(client, case, name)
    with django_assert_max_num_queries(20):
        page(client, case, name)


@pytest.mark.parametrize("verb", ["submit", "advance", "retire", "break_glass"])
def test_a_button_on_an_old_page_is_refused_with_what_to_do(client: Client, owner: User, verb: str) -> None:
    owner.user_permissions.add(Permission.objects.get(codename="break_glass", content_type__app_label="reviews"))
    case = cases.case(by=owner)
    cases.decided(cases.submitted(case))
    shown = now(case).version
    assert f'name="version" value="{shown}"' in page(client, case, "detail")
    answered(case, fallback={"value": "Another way."})
    status = 422 if verb == "break_glass" else 409
    told = send(client, case, verb, status=status, version=shown, reason="Now.")
    assert "Someone else saved this case" in told
    missing = send(client, case, verb, status=422, version="", reason="Now.")
    assert "Open the page again" in missing or "This field is required" in missing
    assert now(case).stage == Stage.DISCOVER

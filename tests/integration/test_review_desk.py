"""Deciding in the Django admin: who may, on what, and what the page shows."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.reviews import services as reviews
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest
from apps.usecases import selectors, services
from apps.usecases.models import UseCase
from tests.factories.cases import case
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """A business owner who is also a steward and may enter the admin: only the rules can stop them."""
    return person(Role.BUSINESS_OWNER, Role.STEWARD, staff=True)


@pytest.fixture
def submitted(owner: User) -> ReviewRequest:
    """A case that waits at its first gate, whose lane is the steward's."""
    return services.submit(use_case=case(by=owner), by=owner)


@pytest.fixture
def steward(client: Client) -> User:
    """A reviewer, signed in."""
    reviewer = person(Role.STEWARD, staff=True)
    client.force_login(reviewer)
    return reviewer


def _url(request: ReviewRequest) -> str:
    return reverse("admin:reviews_reviewrequest_change", args=[request.pk])


def _decision(request: ReviewRequest, **fields: str) -> dict[str, str]:
    return {
        "lane": "steward", "outcome": "approve", "reason": "Worth trying.", "seen_hash": request.content_hash, **fields,
    }  # fmt: skip


def _standing(request: ReviewRequest) -> str:
    return selectors.with_standing(UseCase.objects.filter(pk=request.subject_id)).get().standing


def test_a_reviewer_decides_with_content_and_evidence_before_them(
    client: Client, steward: User, submitted: ReviewRequest
) -> None:
    """The page shows the frozen fields in order; one POST clears the case and is audited once."""
    page = client.get(_url(submitted)).content.decode()
    assert page.index("Reference") < page.index("Sort incoming invoices</td>") < page.index("Business unit")
    assert submitted.content_hash in page
    before = AuditEvent.objects.count()
    answer = client.post(_url(submitted), _decision(submitted), follow=True)
    assert "Your decision is recorded." in answer.content.decode()
    decision = Decision.objects.get(request=submitted)
    assert (decision.actor, decision.content_hash) == (steward, submitted.content_hash)
    assert _standing(submitted) == "CLEARED"
    assert AuditEvent.objects.count() == before + 1


def test_the_requester_cannot_decide_even_as_a_steward(client: Client, owner: User, submitted: ReviewRequest) -> None:
    """The page offers no decision and says why; a forged POST is refused and changes nothing."""
    client.force_login(owner)
    page = client.get(_url(submitted)).content.decode()
    assert "You asked for this review, so another person must decide it." in page
    assert 'name="outcome"' not in page
    answer = client.post(_url(submitted), _decision(submitted), follow=True).content.decode()
    assert "Nothing was decided. You asked for this review" in answer
    assert not Decision.objects.exists()


def test_a_superuser_without_the_role_has_no_way_around(client: Client, submitted: ReviewRequest) -> None:
    """Not even the desk is open to them."""
    root = person(staff=True)
    root.is_superuser = True
    root.save()
    client.force_login(root)
    assert client.get(_url(submitted)).status_code == 403
    assert client.post(_url(submitted), _decision(submitted)).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("steward")
def test_a_case_changed_after_submission_cannot_be_decided_any_more(
    client: Client, owner: User, submitted: ReviewRequest
) -> None:
    """The reviewer's form was open while the owner edited: refused, and the request stays void."""
    edited = UseCase.objects.get(pk=submitted.subject_id)
    services.edit(use_case=edited, version=edited.version, by=owner, title="Something else")
    answer = client.post(_url(submitted), _decision(submitted), follow=True).content.decode()
    assert "Nothing was decided. This request is voided." in answer
    assert "Worth trying.</textarea>" in answer
    assert "Record the decision" not in answer
    assert "content changed after it was submitted" in answer
    submitted.refresh_from_db()
    assert submitted.state == RequestState.VOIDED
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("steward")
def test_content_that_changed_past_the_services_voids_on_decision(client: Client, submitted: ReviewRequest) -> None:
    """Even a change that told nobody is noticed by the hash, and the voiding outlives the refusal."""
    UseCase.objects.filter(pk=submitted.subject_id).update(content_hash="0" * 64)
    answer = client.post(_url(submitted), _decision(submitted), follow=True)
    assert "Submit it again" in answer.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == RequestState.VOIDED
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("steward")
@pytest.mark.parametrize("fields", [{"reason": " "}, {"outcome": "shrug"}, {"lane": "nobody"}, {"seen_hash": ""}])
def test_bad_input_is_named_on_the_form(client: Client, submitted: ReviewRequest, fields: dict[str, str]) -> None:
    """Nothing is decided and nothing is lost."""
    answer = client.post(_url(submitted), _decision(submitted, **fields))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("steward")
def test_a_decision_on_another_hash_than_shown_is_refused(client: Client, submitted: ReviewRequest) -> None:
    """A form that was opened on something else."""
    answer = client.post(_url(submitted), _decision(submitted, seen_hash="1" * 64), follow=True)
    assert "Reload and read it again" in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("steward")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due_on_1": "2020-01-01"}, "Condition 1: it must be due today or later."),
        ({"seen_hash": "1" * 64}, "Nothing was decided. You decided on another content"),
    ],
)
def test_what_the_service_refuses_is_said_on_the_form_and_nothing_is_lost(
    client: Client, submitted: ReviewRequest, change: dict[str, str], said: str
) -> None:
    """A condition that was due long ago, or a stale page: all that was typed is still there, and can be sent again."""
    owed, looks = person(), person()
    sent = _decision(
        submitted, outcome="approve_conditions", reason="Weighed for long.", text_1="Train the clerks.",
        owner_1=str(owed.pk), verifier_1=str(looks.pk), due_on_1="2099-12-31", wanted_1="A list.",
    ) | change  # fmt: skip
    answer = client.post(_url(submitted), sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert "Weighed for long.</textarea>" in page
    assert all(f'value="{sent[name]}"' in page for name in ("text_1", "due_on_1", "wanted_1"))
    assert all(f'value="{who.pk}" selected' in page for who in (owed, looks))
    assert "Record the decision" in page
    assert not Decision.objects.exists()
    again = sent | {"due_on_1": "2099-12-31", "seen_hash": submitted.content_hash}
    assert client.post(_url(submitted), again).status_code == 302
    assert Decision.objects.get().conditions.get().text == "Train the clerks."


@pytest.mark.usefixtures("steward")
def test_a_decision_that_comes_too_late_is_refused_with_all_that_was_written(
    client: Client, submitted: ReviewRequest
) -> None:
    """Somebody else decided meanwhile: that is said, recorded once, and the form is there to copy from."""
    other = person(Role.STEWARD)
    reviews.decide(
        request_id=submitted.pk, lane="steward", outcome=Outcome.APPROVE, reason="Fine.",
        content_hash=submitted.content_hash, by=other,
    )  # fmt: skip
    page = client.post(_url(submitted), _decision(submitted, reason="Weighed for long.")).content.decode()
    assert "Nothing was decided. This review ended as" in page
    assert "Weighed for long.</textarea>" in page
    assert "Record the decision" not in page
    assert Decision.objects.get().actor == other
    assert AuditEvent.objects.filter(action="review.refused").count() == 1


@pytest.mark.usefixtures("steward")
def test_what_people_write_is_shown_and_never_executed(client: Client, submitted: ReviewRequest) -> None:
    """A reason in markup comes back escaped on the closed request's page."""
    client.post(_url(submitted), _decision(submitted, reason="<img src=x onerror=alert(1)>"))
    page = client.get(_url(submitted)).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_role_alone_opens_the_desk(client: Client, submitted: ReviewRequest) -> None:
    """Somebody who was given a lane's role needs no other flag, and gets nothing else of the admin."""
    client.force_login(person(Role.STEWARD))
    assert client.post(_url(submitted), _decision(submitted)).status_code == 302
    assert _standing(submitted) == "CLEARED"
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403


@pytest.mark.usefixtures("steward")
def test_a_request_can_be_neither_added_nor_deleted(client: Client, submitted: ReviewRequest) -> None:
    """Both doors are shut."""
    assert client.post(reverse("admin:reviews_reviewrequest_add")).status_code == 403
    assert client.post(reverse("admin:reviews_reviewrequest_delete", args=[submitted.pk])).status_code == 403

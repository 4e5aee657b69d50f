"""Break-glass: a permission of its own, for 72 hours and one exact content, reviewed after."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.reviews import selectors, services
from apps.reviews.models import BreakGlass, Outcome, RequestState
from tests.factories.people import person
from tests.factories.reviewed import BOTH, Thing, decide
from tests.integration.test_notifications import browse, heard, react

pytestmark = pytest.mark.django_db


# Break-glass.


def smash(thing: Thing, by: User, **change: Any) -> BreakGlass:
    """Break the glass for the thing as it is."""
    given: dict[str, Any] = {
        "subject": thing.subject, "gate": "G3", "title": "A prompt", "revision": thing.revision, "evidence": [],
        "lanes": BOTH, "barred": [thing.owner.pk], "reason": "The payroll stands still.", "by": by, **change,
    }  # fmt: skip
    return services.break_glass(**given)


def holds_now(thing: Thing, *, hours: float = 0) -> bool:
    """Whether the newest review of the thing is one whose break-glass holds at that moment."""
    on = timezone.now() + timedelta(hours=hours)
    newest = selectors.latest(thing.subject.kind).filter(subject_id=thing.subject.id)
    return bool(newest.filter(selectors.breaking_glass(on)).exists())


def test_the_page_says_that_a_person_broke_the_glass_and_not_that_the_portal_asks(thing: Thing) -> None:
    doer = person()
    services.permit_break_glass(person=doer, by=None)
    forced = smash(thing, doer).request
    shown = browse(person()).get(f"/reviews/{forced.pk}/").content.decode()
    assert "Somebody let it through before its review" in shown
    assert "The payroll stands still." in shown
    assert "The portal asks again" not in shown
    services.void_if_changed(subject=thing.subject, content_hash="other")
    again = thing.ask(trigger="New rules are in force.")
    shown = browse(person()).get(f"/reviews/{again.pk}/").content.decode()
    assert "The portal asks again" in shown
    assert "before its review" not in shown


def test_a_review_that_takes_the_place_of_a_forced_one_is_still_in_retrospect_and_one_after_its_end_is_not(
    thing: Thing,
) -> None:
    doer = person()
    services.permit_break_glass(person=doer, by=None)
    forced = smash(thing, doer).request
    thing.fields["Title"] = "Sort letters"
    services.void_if_changed(subject=thing.subject, content_hash="other")
    asked: dict[str, Any] = {"gate": forced.gate, "trigger": forced.trigger, "by_portal": True}
    follows = thing.ask(BOTH[0], **asked)
    shown = browse(person()).get(f"/reviews/{follows.pk}/").content.decode()
    assert "Somebody let it through before its review" in shown
    assert "The portal asks again" not in shown
    decide(follows, "security")
    later = thing.ask(**{**asked, "trigger": "It was approved more than a year ago."})
    shown = browse(person()).get(f"/reviews/{later.pk}/").content.decode()
    assert "The portal asks again" in shown
    assert "before its review" not in shown


def test_break_glass_is_a_permission_of_its_own_that_no_role_and_no_superuser_has(thing: Thing) -> None:
    powerful = person(*(role for role in Role if role != Role.REVIEWER), staff=True)
    powerful.is_superuser = True
    powerful.save()
    assert powerful.has_perm("reviews.break_glass"), "Django would let a superuser"
    for other in (powerful, thing.owner):
        with pytest.raises(NotAllowedError, match="permission of its own"):
            smash(thing, other)
    assert not BreakGlass.objects.exists()


def test_break_glass_holds_for_72_hours_for_that_content_and_asks_every_lane_after(thing: Thing) -> None:
    auditor, doer = person(Role.AUDITOR), thing.owner
    decide(thing.ask(gate="G3"), "security")
    services.permit_break_glass(person=doer, by=None)
    with pytest.raises(InvalidError):
        smash(thing, doer, reason=" ")
    used = smash(thing, doer)
    assert timedelta(hours=71) < used.expires_at - timezone.now() <= timedelta(hours=72)
    assert used.request.undecided == ["security", "finance"]
    assert "break-glass: The payroll stands still." in used.request.trigger
    assert [holds_now(thing, hours=hours) for hours in (0, 71, 73)] == [True, True, False]
    react()
    assert ("review.glass_broken", "you oversee the portal") in heard(auditor)
    assert AuditEvent.objects.filter(action="review.glass_broken").count() == 1
    accounts.grant(user=doer, role=Role.REVIEWER, lane=Lane.SECURITY, by=None)
    doer.forget_held()
    with pytest.raises(NotAllowedError, match="You asked"):
        decide(used.request, "security", doer)
    with pytest.raises(ConflictError, match=r"cannot be withdrawn.*break-glass: The payroll"):
        services.withdraw(request_id=used.request.pk, by=doer)


@pytest.mark.parametrize("outcome", [None, Outcome.REJECT])
def test_the_same_content_is_let_through_once(thing: Thing, outcome: Outcome | None) -> None:
    services.permit_break_glass(person=thing.owner, by=None)
    used = smash(thing, thing.owner)
    if outcome:
        decide(used.request, "finance", outcome=outcome)
    with pytest.raises(ConflictError, match="Exactly this was let through gate G3 by break-glass before"):
        smash(thing, thing.owner)
    assert BreakGlass.objects.count() == 1


def test_a_review_in_retrospect_is_rejected_without_evidence_but_not_approved(thing: Thing) -> None:
    services.permit_break_glass(person=thing.owner, by=None)
    request = smash(thing, thing.owner).request
    thing.objection = "a passed evaluation"
    with pytest.raises(ConflictError, match=r"cannot be approved: it lacks a passed evaluation\. Request changes"):
        decide(request, "security")
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW
    decide(request, "security", outcome=Outcome.REJECT)
    request.refresh_from_db()
    assert request.state == RequestState.REJECTED


def test_an_open_review_is_void_once_the_glass_is_broken(thing: Thing) -> None:
    pending = thing.ask()
    services.permit_break_glass(person=thing.owner, by=None)
    smash(thing, thing.owner)
    pending.refresh_from_db()
    assert pending.state == RequestState.VOIDED


def test_the_permission_is_given_by_name_and_taken_back(thing: Thing) -> None:
    admin = person(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowedError):
        services.permit_break_glass(person=admin, by=admin)
    with pytest.raises(NotAllowedError):
        services.permit_break_glass(person=thing.owner, by=person(Role.STEWARD))
    call_command("permit_break_glass", thing.owner.username)
    assert services.may_break_glass(thing.owner)
    call_command("permit_break_glass", thing.owner.username, "--end")
    assert not services.may_break_glass(thing.owner)
    with pytest.raises(NotAllowedError):
        smash(thing, thing.owner)
    assert Permission.objects.filter(codename="break_glass").count() == 1

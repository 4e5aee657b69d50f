"""Use cases on real PostgreSQL: registered, edited, submitted, cleared, advanced, and lapsed by an edit."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.evidence.models import Verdict
from apps.outbox.models import OutboxEvent
from apps.reviews.models import Outcome, RequestState
from apps.usecases import selectors, services
from apps.usecases.models import Stage, Standing, TopicArea, UseCase
from tests.factories import cases, people, shelves
from tests.integration.together import at_once, rolled_back

pytestmark = pytest.mark.django_db


def now(case: UseCase) -> Any:
    """The case as it is now, with its standing."""
    return selectors.with_standing(UseCase.objects.filter(pk=case.pk)).get()


def test_a_new_case_is_discovered_unreviewed_and_told_to_the_index() -> None:
    case = cases.case()
    assert (case.stage, now(case).standing, case.version) == (Stage.DISCOVER, Standing.UNREVIEWED, 1)
    assert case.ref == f"UC-{case.number:06d}"
    payloads = OutboxEvent.objects.filter(name="content.changed").values_list("payload", flat=True)
    assert {"kind": "use_case", "id": str(case.pk)} in payloads


def test_no_two_cases_share_a_number_even_after_a_rollback() -> None:
    first = cases.case()
    rolled_back(cases.case)
    assert cases.case().number > first.number


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"title": " "}, "title"),
        ({"purpose": ""}, "purpose"),
        ({"title": "x" * 401}, "title"),
        ({"topic_area": TopicArea.OTHER}, "topic_other"),
    ],
)
def test_a_faulty_record_is_refused_with_its_field(record: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        cases.case(**record)
    assert list(refused.value.fields) == [field]


def test_text_that_postgresql_cannot_store_is_mended() -> None:
    assert cases.case(purpose="a\x00b\ud800c").purpose == "a\ufffdb\ufffdc"


def test_an_edit_counts_the_version_up_and_changes_the_content_hash() -> None:
    case = cases.case()
    edited = services.edit(use_case=case, version=1, by=case.owner, title="Sort outgoing invoices")
    assert (edited.version, edited.title) == (2, "Sort outgoing invoices")
    assert edited.content_hash != case.content_hash


def test_an_edit_that_changes_nothing_saves_nothing() -> None:
    case = cases.case()
    assert services.edit(use_case=case, version=1, by=case.owner, title=case.title).version == 1


def test_an_edit_of_an_older_version_is_refused() -> None:
    case = cases.case()
    services.edit(use_case=case, version=1, by=case.owner, title="First")
    with pytest.raises(ConflictError, match="Someone else saved"):
        services.edit(use_case=case, version=1, by=case.owner, title="Second")
    assert now(case).title == "First"


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_one_is_refused() -> None:
    case = cases.case()
    edit = partial(services.edit, use_case=case, version=1, by=case.owner)
    done = at_once(partial(edit, title="One"), partial(edit, title="Two"))
    assert sorted(type(each).__name__ for each in done) == ["ConflictError", "UseCase"]


@pytest.mark.parametrize("verb", ["edit", "submit", "advance"])
def test_a_person_with_no_part_in_a_case_may_not_change_it(verb: str) -> None:
    case, stranger = cases.case(), people.person(Role.BUSINESS_OWNER, Role.STEWARD, Role.ARCHITECT)
    more = {"version": 1, "title": "Mine"} if verb == "edit" else {}
    with pytest.raises(NotAllowedError, match="Only its owner"):
        getattr(services, verb)(use_case=case, by=stranger, **more)


@pytest.mark.parametrize("role", [Role.AI_ENGINEER, Role.ADMINISTRATOR])
def test_a_helper_by_role_may_edit_and_counts_as_editor(role: Role) -> None:
    case, helper = cases.case(), people.person(role)
    services.edit(use_case=case, version=1, by=helper, title="Helped")
    assert set(case.editors.all()) == {case.owner, helper}


def test_a_submission_names_what_is_missing() -> None:
    case = cases.case(stage=Stage.PLAY)
    with pytest.raises(InvalidError, match=r"G2 still needs a pinned prompt version; a pinned model .*; a passed eval"):
        cases.submitted(case)
    case = cases.pinned(case)
    with pytest.raises(InvalidError, match="G2 still needs a passed evaluation of exactly"):
        cases.submitted(case)
    cases.evidenced(case)
    assert cases.submitted(case).gate == "G2"


def test_evidence_about_another_configuration_does_not_count() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case, content_hash="f" * 64)
    with pytest.raises(InvalidError, match="passed evaluation"):
        cases.submitted(case)


def test_a_newer_failed_evaluation_takes_the_passed_one_away() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    cases.evidenced(case, verdict=Verdict.FAILED)
    with pytest.raises(InvalidError, match="passed evaluation"):
        cases.submitted(case)


def test_expired_evidence_does_not_count() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    assert selectors.gate_report(case, on=timezone.now()).missing == []
    assert len(selectors.gate_report(case, on=timezone.now() + timedelta(days=2)).missing) == 1


def test_a_review_freezes_the_case_and_the_evidence_shown_with_it() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    claim = cases.evidenced(case)
    request = cases.submitted(case)
    assert request.content_hash == case.content_hash
    assert {"field": "Title", "value": case.title} in request.revision
    assert [each["claim"] for each in request.evidence] == [str(claim.pk)]


def test_a_cleared_case_advances_once_and_needs_its_next_gate_then() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case))
    assert now(case).standing == Standing.CLEARED
    assert services.advance(use_case=case, by=case.owner).stage == Stage.PLAY
    with pytest.raises(ConflictError, match="Gate G2 must be cleared first"):
        services.advance(use_case=case, by=case.owner)


@pytest.mark.parametrize("outcome", [Outcome.REJECT, Outcome.REQUEST_CHANGES])
def test_a_case_that_was_not_approved_does_not_advance(outcome: Outcome) -> None:
    case = cases.case()
    cases.decided(cases.submitted(case), outcome)
    with pytest.raises(ConflictError, match="must be cleared first"):
        services.advance(use_case=case, by=case.owner)


def test_an_edit_after_the_approval_lapses_it() -> None:
    case = cases.case()
    request = cases.decided(cases.submitted(case))
    edited = services.edit(use_case=case, version=1, by=case.owner, purpose="Something quite different.")
    request.refresh_from_db()
    assert (request.state, now(case).standing) == (RequestState.APPROVED, Standing.LAPSED)
    with pytest.raises(ConflictError, match="must be cleared first"):
        services.advance(use_case=case, by=case.owner)
    services.edit(use_case=case, version=edited.version, by=case.owner, purpose=case.purpose)
    assert now(case).standing == Standing.CLEARED


def test_pinning_another_prompt_lapses_an_approval_and_its_evidence() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    cases.decided(cases.submitted(case))
    edited = services.edit(use_case=case, version=case.version, by=case.owner, prompt_version=shelves.prompt())
    assert now(case).standing == Standing.LAPSED
    assert selectors.gate_report(edited, on=timezone.now()).claims == []


@pytest.mark.parametrize("outcome", [None, Outcome.REJECT])
def test_a_case_goes_through_review_again_after_it_ended(outcome: Outcome | None) -> None:
    case = cases.case()
    if outcome:
        cases.decided(cases.submitted(case), outcome)
    cases.decided(cases.submitted(case))
    assert now(case).standing == Standing.CLEARED


def test_an_imported_case_is_known_again_by_its_key() -> None:
    by = people.person(Role.ADMINISTRATOR)
    record = {
        "title": "T", "purpose": "P", "owner": by, "business_unit": people.unit(), "topic_area": TopicArea.LAW,
    }  # fmt: skip
    given: dict[str, Any] = {"source": "inventory", "key": "7", "stage": Stage.DEPLOY, "by": by, **record}
    case, new = services.register_imported(**given)
    assert (new, case.stage, now(case).standing) == (True, Stage.DEPLOY, Standing.UNREVIEWED)
    assert services.register_imported(**given) == (case, False)


@pytest.mark.parametrize("ref", ["UC-999999999", "UC-", "none", "UC-0000000000001234", "UC-٣"])
def test_a_reference_to_nothing_is_not_found(ref: str) -> None:
    with pytest.raises(NotFoundError):
        selectors.use_case(ref, viewer=people.person())


def test_a_case_is_found_by_its_reference_in_any_case() -> None:
    case = cases.case()
    assert selectors.use_case(case.ref.lower(), viewer=case.owner) == case

"""Use cases on real PostgreSQL: registered, edited, submitted, cleared, advanced, and lapsed by an edit."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, StaleError
from apps.evaluations import services as evaluations
from apps.evidence.models import Verdict
from apps.outbox.models import OutboxEvent
from apps.prompts import services as prompts
from apps.reviews import services as reviews
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
    with pytest.raises(NotAllowedError, match="Only the owner or sponsor"):
        getattr(services, verb)(use_case=case, by=stranger, **more)


@pytest.mark.parametrize(
    ("role", "record"),
    [(Role.ADMINISTRATOR, {"title": "Helped"}), (Role.AI_ENGINEER, {"prompt_version": None, "endpoint": None})],
)
def test_a_helper_by_role_counts_as_editor(role: Role, record: dict[str, Any]) -> None:
    case, helper = cases.pinned(cases.case()), people.person(role)
    edit: Any = services.edit
    edit(use_case=case, version=case.version, by=helper, **record)
    assert set(case.editors.all()) == {case.owner, helper}


@pytest.mark.parametrize("field", ["title", "owner", "purpose", "sponsor"])
def test_an_ai_engineer_pins_and_takes_nothing_else(field: str) -> None:
    case, engineer = cases.case(), people.person(Role.AI_ENGINEER)
    record: Any = {field: engineer if field in ("owner", "sponsor") else "Mine"}
    with pytest.raises(NotAllowedError, match="an AI engineer may pin"):
        services.edit(use_case=case, version=1, by=engineer, **record)


@pytest.mark.parametrize("text", ["\u200b", " \r\n ", "…"])
def test_a_text_without_a_letter_is_empty(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        cases.case(purpose=text)
    assert refused.value.fields.keys() == {"purpose"}


def test_a_title_is_one_line_and_a_purpose_has_an_end() -> None:
    assert cases.case(title=" Sort\r\n letters ").title == "Sort letters"
    with pytest.raises(InvalidError, match="too long"):
        cases.case(purpose="x" * 20_001)


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


def test_a_unit_renamed_between_two_reviews_does_not_make_a_case_unapprovable() -> None:
    case = cases.case()
    type(case.business_unit).objects.filter(pk=case.business_unit_id).update(path="Renamed", name="Renamed")
    request = cases.submitted(UseCase.objects.get(pk=case.pk))
    assert {"field": "Business unit", "value": "Renamed"} in request.revision
    assert cases.decided(request).state == RequestState.APPROVED
    assert now(case).standing == Standing.CLEARED


def test_words_of_a_topic_are_reviewed_and_go_with_no_other_area() -> None:
    case = cases.case(topic_area=TopicArea.OTHER, topic_other="Museums")
    cases.decided(cases.submitted(case))
    services.edit(use_case=case, version=now(case).version, by=case.owner, topic_other="Benefit denial")
    assert now(case).standing == Standing.LAPSED
    with pytest.raises(InvalidError):
        services.edit(use_case=case, version=now(case).version, by=case.owner, topic_area=TopicArea.LAW)


def test_a_cleared_case_is_not_submitted_again_and_stays_cleared() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case))
    with pytest.raises(ConflictError, match="already cleared"):
        services.submit(use_case=case, by=case.owner)
    assert now(case).standing == Standing.CLEARED


def test_evidence_against_a_low_bar_does_not_open_a_gate() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case, threshold="0.010")
    with pytest.raises(InvalidError, match="threshold at least 50 %"):
        cases.submitted(case)


def test_evidence_that_fails_under_review_voids_the_request_at_the_decision() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    request = cases.submitted(case)
    cases.evidenced(case, verdict=Verdict.FAILED)
    with pytest.raises(StaleError, match="has lost a passed evaluation"):
        cases.decided(request)
    request.refresh_from_db()
    assert request.state == RequestState.VOIDED


def test_evidence_that_fails_after_the_approval_holds_the_case_at_its_gate() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    cases.decided(cases.submitted(case))
    cases.evidenced(case, verdict=Verdict.FAILED)
    with pytest.raises(ConflictError, match="has lost a passed evaluation"):
        services.advance(use_case=case, by=case.owner)


def test_nobody_with_a_part_in_the_case_may_decide() -> None:
    author, maker, former = (people.person(Role.AI_ENGINEER, Role.ARCHITECT) for _ in range(3))
    case = cases.case(stage=Stage.PLAY, sponsor=former)
    prompt = prompts.create_prompt(slug="by-author", name="x", description="", system="", user="{{q}}", by=author)
    endpoint = shelves.recorded_endpoint([({"q": "1"}, "1")])
    case = cases.pinned(case)
    case = services.edit(
        use_case=case, version=case.version, by=case.owner, sponsor=None, prompt_version=prompt, endpoint=endpoint
    )
    cases.evidenced(case, made_by=maker)
    request = cases.submitted(case)
    for person in (author, maker, former):
        with pytest.raises(NotAllowedError, match="another person must decide"):
            reviews.decide(
                request_id=request.pk, lane="architecture", outcome=Outcome.APPROVE, reason="Mine.",
                content_hash=request.content_hash, by=person,
            )  # fmt: skip
    assert cases.decided(request).state == RequestState.APPROVED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["edit", "submit"])
def test_a_run_started_beside_a_change_of_its_case_waits_for_nothing(verb: str) -> None:
    """Inserting a row that refers to the case must not wait for who changes the case, or the two wait for ever."""
    for number in range(6):
        case = cases.pinned(cases.case(stage=Stage.PLAY))
        cases.evidenced(case)
        changes: dict[str, Callable[[], Any]] = {
            "edit": partial(services.edit, use_case=case, version=case.version, by=case.owner, title=f"Edit {number}"),
            "submit": partial(services.submit, use_case=case, by=case.owner),
        }
        assert case.prompt_version
        assert case.endpoint
        start = partial(
            evaluations.start_run, prompt_version=case.prompt_version, endpoint=case.endpoint,
            dataset_version=shelves.dataset(), scorers=["numeric"], gate_scorer="numeric", threshold=Decimal("0.5"),
            use_case=case, by=case.owner,
        )  # fmt: skip
        for done in at_once(changes[verb], start):
            assert not isinstance(done, Exception), done


@pytest.mark.django_db(transaction=True)
def test_a_label_set_beside_a_new_version_waits_for_nothing() -> None:
    engineer = people.person(Role.AI_ENGINEER)
    for number in range(6):
        version = shelves.prompt()
        add = partial(
            prompts.add_version,
            prompt=version.prompt,
            system="",
            user=f"{{{{question}}}} {number}",
            note="",
            by=engineer,
        )
        for done in at_once(add, partial(prompts.set_label, version=version, name="production", by=engineer)):
            assert not isinstance(done, Exception), done

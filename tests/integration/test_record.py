"""The record of a case on real PostgreSQL: answers and rows, who writes them, and what a review makes of them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.reviews.models import RequestState
from apps.usecases import selectors, services
from apps.usecases.models import Stage, StageStay, UseCase
from apps.usecases.services.record import ONE
from tests.factories import cases, shelves
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
RISK = {
    "description": "An invoice is paid twice.", "likelihood": "possible", "impact": "moderate", "treatment": "reduce",
    "plan": "Large amounts go to a clerk.", "residual": "low",
}  # fmt: skip
VALUE = {"metric": "Minutes an invoice", "unit": "min", "target": Decimal("2"), "method": "Time stamps."}
ROWS: dict[str, dict[str, Any]] = {
    "value": VALUE,
    "risks": RISK,
    "adoption": {"day": date(2026, 11, 20), "active_users": 42},
    "frameworks": {"framework": "EU AI Act", "control": "Article 50(1)", "edition": "2024/1689"},
}


def fresh(case: UseCase) -> UseCase:
    """The case as it is now."""
    return UseCase.objects.get(pk=case.pk)


def answered(case: UseCase, by: User | None = None, **answers: Any) -> UseCase:
    """The case with these values."""
    given = {key: {"value": value} for key, value in answers.items()}
    return services.answer(use_case=case, version=fresh(case).version, answers=given, by=by or case.owner)


def added(case: UseCase, part: str, by: User | None = None, **values: Any) -> Any:
    """A new row of the record."""
    given = values or ROWS[part]
    return services.add_row(use_case=case, part=part, version=fresh(case).version, by=by or case.owner, **given)


def frozen(case: UseCase) -> dict[str, Any]:
    """What a review would freeze, by field."""
    return {entry["field"]: entry["value"] for entry in selectors.revision(fresh(case))}


def actions(case: UseCase) -> list[str]:
    """What the trail tells of the case."""
    return list(
        AuditEvent.objects.filter(subject_id=str(case.pk)).order_by("sequence").values_list("action", flat=True)
    )


def helped(case: UseCase, helper: User | None = None) -> User:
    """A contributor of the case."""
    helper = helper or person()
    added(case, "contributors", person=helper)
    return helper


def test_an_answer_is_a_new_version_in_the_trail_and_in_the_revision() -> None:
    case = cases.case(answers={})
    after = answered(case, autonomy="recommends")
    assert (after.version, after.answers) == (2, {"autonomy": {"value": "recommends"}})
    assert frozen(case)["Autonomy"].startswith("2. Recommends")
    assert after.content_hash == fresh(case).content_hash != case.content_hash
    assert actions(case) == ["use_case.registered", "use_case.answered"]


def test_the_same_answer_again_saves_nothing() -> None:
    case = answered(cases.case(answers={}), autonomy="recommends")
    assert answered(case, autonomy="recommends").version == case.version


def test_an_answer_is_taken_back() -> None:
    case = answered(cases.case(answers={}), autonomy="recommends", approach="buy")
    after = services.answer(use_case=case, version=case.version, answers={"autonomy": None}, by=case.owner)
    assert after.answers.keys() == {"approach"}


def test_wrong_answers_are_named_together_and_nothing_is_saved() -> None:
    case = cases.case(answers={})
    with pytest.raises(InvalidError) as refused:
        answered(case, autonomy="freely", approach="buy", colour="red")
    assert refused.value.fields.keys() == {"autonomy", "colour"}
    assert fresh(case).answers == {}


def test_an_answer_to_an_older_version_is_refused() -> None:
    case = answered(cases.case(answers={}), approach="buy")
    with pytest.raises(ConflictError, match="Someone else saved"):
        services.answer(use_case=case, version=1, answers={"approach": {"value": "build"}}, by=case.owner)


def test_the_four_ways_to_have_no_value_are_four_contents() -> None:
    case, hashes = cases.case(answers={}), set()
    for reason in ("unknown", "not_applicable", "withheld", "pending", None):
        answers = {"residency": {"missing": reason} if reason else None}
        case = services.answer(use_case=case, version=case.version, answers=answers, by=case.owner)
        hashes.add(case.content_hash)
    assert len(hashes) == 5


def test_a_hidden_answer_is_no_part_of_the_revision() -> None:
    case = answered(cases.case(answers={}), autonomy="acts_alone", acts_on=["external"])
    assert "Acts on" in frozen(case)
    answered(case, autonomy="informs")
    assert "Acts on" not in frozen(case)


def test_a_revision_lists_what_is_asked_in_reading_order_and_never_one_name_twice() -> None:
    entries = [entry["field"] for entry in selectors.revision(cases.case(answers={}))]
    assert entries[:3] == ["Reference", "Title", "Problem and benefit"]
    assert entries.index("Autonomy") < entries.index("Risk tier") < entries.index("Risks") < entries.index("Prompt")
    assert len(set(entries)) == len(entries)


def test_answers_that_are_no_object_cannot_be_stored() -> None:
    case = cases.case(answers={})
    with pytest.raises(IntegrityError), transaction.atomic():
        UseCase.objects.filter(pk=case.pk).update(answers=[])


def test_what_is_open_for_a_gate_is_named() -> None:
    case = answered(cases.case(answers={}), autonomy="informs")
    keys = {field.key for field in selectors.open_fields(case, "G1")}
    assert "autonomy" not in keys
    assert {"practices", "oversight"} <= keys
    told = {asked.field.key: asked for asked in selectors.asked(case, gate="G1")}
    assert (told["autonomy"].is_open, told["practices"].is_open, told["practices"].words) == (False, True, None)


@pytest.mark.parametrize("part", ROWS)
def test_a_row_is_added_changed_and_removed_each_with_its_event(part: str) -> None:
    case = cases.case(answers={})
    row = added(case, part)
    first = next(iter(ROWS[part]))
    change = {first: date(2026, 11, 19) if part == "adoption" else "Another"}
    changed = services.change_row(
        use_case=case, part=part, row_id=row.pk, version=fresh(case).version, by=case.owner, **change
    )
    assert getattr(changed, first) == change[first]
    services.remove_row(use_case=case, part=part, row_id=row.pk, version=fresh(case).version, by=case.owner)
    assert not selectors.rows(case, part).exists()
    assert fresh(case).version == 4
    one = ONE[part]
    assert actions(case)[1:] == [f"use_case.{one}_{deed}" for deed in ("added", "changed", "removed")]


@pytest.mark.parametrize(("part", "is_material"), [("value", True), ("risks", True), ("adoption", False)])
def test_what_is_promised_and_risked_is_reviewed_and_what_is_observed_is_not(part: str, is_material: bool) -> None:
    case = cases.case(answers={})
    before = case.content_hash
    added(case, part)
    assert (fresh(case).content_hash != before) is is_material


def test_a_measured_value_lapses_no_approval_and_a_new_target_does() -> None:
    case = cases.case()
    row = added(case, "value")
    cases.decided(cases.submitted(fresh(case)))
    change: dict[str, Any] = {"measured": Decimal("2.3"), "measured_on": date(2026, 11, 20)}
    for values, standing in ((change, "CLEARED"), ({"target": Decimal(1)}, "LAPSED")):
        services.change_row(
            use_case=case, part="value", row_id=row.pk, version=fresh(case).version, by=case.owner, **values
        )
        assert selectors.use_case(case.ref, viewer=case.owner).standing == standing


def test_a_risk_added_under_review_voids_the_request() -> None:
    case = cases.case()
    request = cases.submitted(case)
    added(case, "risks")
    request.refresh_from_db()
    assert request.state == RequestState.VOIDED


@pytest.mark.parametrize(
    ("part", "wrong", "field"),
    [
        ("value", {"target": Decimal("NaN")}, "target"),
        ("value", {"metric": " "}, "metric"),
        ("value", {"colour": "red"}, "colour"),
        ("risks", {"likelihood": "sometimes"}, "likelihood"),
        ("risks", {"plan": ""}, None),
        ("adoption", {"active_users": -1}, "active_users"),
        ("adoption", {"satisfaction": Decimal(6)}, None),
        ("adoption", {"training_completion": Decimal("100.5")}, None),
        ("adoption", {"training_completion": Decimal("1000")}, "training_completion"),
        ("frameworks", {"control": "x" * 101}, "control"),
        ("value", {"measured": Decimal(1)}, None),
    ],
)
def test_a_faulty_row_is_refused_with_its_field(part: str, wrong: dict[str, Any], field: str | None) -> None:
    case = cases.case(answers={})
    with pytest.raises(InvalidError) as refused:
        added(case, part, **{**ROWS[part], **wrong})
    assert list(refused.value.fields) == ([field] if field else [])
    assert fresh(case).version == 1


@pytest.mark.parametrize("part", ["value", "adoption", "frameworks"])
def test_a_row_that_is_there_already_is_refused(part: str) -> None:
    case = cases.case(answers={})
    added(case, part)
    with pytest.raises(InvalidError, match="already"):
        added(case, part)


def test_a_record_has_no_other_parts_and_no_rows_of_other_cases() -> None:
    case, other = cases.case(answers={}), cases.case(answers={})
    row = added(other, "risks")
    with pytest.raises(NotFoundError, match="has no colours"):
        added(case, "colours", name="red")
    with pytest.raises(NotFoundError, match="no such row"):
        services.remove_row(use_case=case, part="risks", row_id=row.pk, version=case.version, by=case.owner)


def test_an_older_version_and_a_stranger_add_nothing() -> None:
    case = answered(cases.case(answers={}), approach="buy")
    with pytest.raises(ConflictError, match="Someone else saved"):
        services.add_row(use_case=case, part="risks", version=1, by=case.owner, **RISK)
    with pytest.raises(NotAllowedError, match="contributors"):
        added(case, "risks", by=person(Role.AI_ENGINEER), **RISK)


def test_a_case_pins_an_exact_version_of_a_dataset_once() -> None:
    case, data = cases.case(answers={}), shelves.dataset()
    row = added(case, "pins", kind="dataset_version", name=data.ref)
    assert (row.thing_id, row.content_hash) == (str(data.pk), data.content_hash)
    assert frozen(case)["Pinned versions"] == f"Dataset: {data} (sha256 {data.content_hash})"
    with pytest.raises(InvalidError, match="pinned already"):
        added(case, "pins", kind="dataset_version", name=data.ref)
    with pytest.raises(ConflictError, match="Remove it, and add another"):
        services.change_row(
            use_case=case, part="pins", row_id=row.pk, version=fresh(case).version, by=case.owner, name="x"
        )


def test_an_engineer_pins_prompts_and_models_too() -> None:
    case, engineer, prompt = cases.case(answers={}), person(Role.AI_ENGINEER), shelves.prompt()
    endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
    added(case, "pins", by=engineer, kind="prompt_version", name=prompt.ref)
    added(case, "pins", by=engineer, kind="endpoint", name=endpoint.slug)
    assert {pinned.kind for pinned in selectors.pinned_versions(case, viewer=engineer)} == {"Prompt", "Model endpoint"}
    assert all(pinned.url for pinned in selectors.pinned_versions(case, viewer=engineer))


def test_what_cannot_be_pinned_is_refused() -> None:
    case = cases.case(answers={})
    with pytest.raises(InvalidError) as refused:
        added(case, "pins", kind="toaster", name="x")
    assert "dataset_version" in refused.value.fields["kind"][0]
    with pytest.raises(NotFoundError):
        added(case, "pins", kind="dataset_version", name="nothing@1")


def test_a_pinned_version_shows_its_name_to_whoever_may_see_it() -> None:
    case, data, ours = cases.case(answers={}), shelves.dataset(), team("Ours")
    added(case, "pins", kind="dataset_version", name=data.ref)
    accounts.assign(
        kind="dataset", thing=data.dataset, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR)
    )
    revision = selectors.revision(fresh(case))
    for who, label in ((person(Role.AI_ENGINEER, team=ours), str(data)), (person(), selectors.UNSEEN_VERSION)):
        [pinned] = selectors.pinned_versions(case, viewer=who)
        assert pinned.label == label
        told = {entry["field"]: entry["value"] for entry in selectors.readable_revision(revision, who)}
        assert told["Pinned versions"].startswith(f"Dataset: {label}")


def test_a_contributor_sees_a_restricted_case_writes_it_and_does_not_speak_for_it() -> None:
    case, ours = cases.case(answers={}), team("Ours")
    accounts.assign(kind="use_case", thing=case, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    helper, stranger = helped(fresh(case)), person()
    assert UseCase.objects.visible_to(helper).filter(pk=case.pk).exists()
    assert not UseCase.objects.visible_to(stranger).filter(pk=case.pk).exists()
    edited = services.edit(use_case=case, version=fresh(case).version, by=helper, title="Sort letters")
    answered(edited, by=helper, approach="buy")
    added(edited, "risks", by=helper, **RISK)
    for refused in (
        lambda: services.submit(use_case=case, by=helper),
        lambda: services.edit(use_case=case, version=fresh(case).version, by=helper, owner=helper),
        lambda: added(case, "contributors", by=helper, person=stranger),
    ):
        with pytest.raises(NotAllowedError, match="Only the owner or sponsor"):
            refused()
    assert helper in case.editors.all()


def test_who_contributes_may_not_decide_and_who_leaves_sees_no_more() -> None:
    case = cases.case()
    helper = helped(case, person(Role.STEWARD))
    assert helper.pk in cases.submitted(fresh(case)).barred
    ours = team("Ours")
    accounts.assign(kind="use_case", thing=case, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    accounts.deactivate(user=helper, by=None)
    assert not UseCase.objects.visible_to(User.objects.get(pk=helper.pk)).exists()


def test_only_people_who_are_here_contribute() -> None:
    case, leaver = cases.case(answers={}), person()
    accounts.deactivate(user=leaver, by=None)
    with pytest.raises(InvalidError) as refused:
        helped(case, User.objects.get(pk=leaver.pk))
    assert refused.value.fields.keys() == {"person"}


def test_each_stage_that_a_case_was_in_is_kept_with_its_days() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case))
    services.advance(use_case=case, by=case.owner)
    stays = list(case.stays.values_list("stage", "left_at"))
    assert [stage for stage, _ in stays] == [Stage.DISCOVER, Stage.PLAY]
    assert stays[0][1] is not None
    assert stays[1][1] is None


def test_a_stay_that_has_ended_never_changes() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case))
    services.advance(use_case=case, by=case.owner)
    past = StageStay.objects.filter(use_case=case, left_at__isnull=False)
    for spoil in (lambda: past.update(stage=Stage.DEPLOY), lambda: past.delete()):
        with pytest.raises(Exception, match="pgtrigger: Cannot"), transaction.atomic():
            spoil()


def test_the_funnel_tells_how_long_cases_are_in_their_stages_and_which_are_stuck(
    django_assert_num_queries: Any,
) -> None:
    for days in (10, 20, 100):
        stay = StageStay.objects.filter(use_case=cases.case(answers={}), left_at=None)
        stay.update(entered_at=F("entered_at") - timedelta(days=days))
    restricted = cases.case(answers={})
    ours: Team = team("Ours")
    accounts.assign(kind="use_case", thing=restricted, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    viewer = person()
    viewer.held()
    with django_assert_num_queries(1):
        figures = selectors.funnel(viewer=viewer)
    assert [each.stage for each in figures] == list(Stage)
    first = figures[0]
    assert (first.cases, round(first.median_days), round(first.p90_days), first.stuck) == (3, 20, 84, 1)
    assert figures[1].cases == 0

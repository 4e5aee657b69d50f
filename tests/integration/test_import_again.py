"""A newer file: only what it changed is taken over, and never over what people changed here."""

from datetime import date

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.importers import profiles, services
from apps.usecases.importers.profiles import plain
from apps.usecases.importers.services import Report
from apps.usecases.models import (
    ExternalId,
    Import,
    ImportIssue,
    ImportState,
    RowOutcome,
    Severity,
    Stage,
    Standing,
    UseCase,
)
from tests.factories import cases
from tests.factories.cases import COMPLETE
from tests.factories.people import person, unit
from tests.integration.test_import_files import file_of, imported, own, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    """Who imports."""
    return person(Role.STEWARD)


def counts(report: Report) -> tuple[int, int, int, int]:
    """New, changed, the same, conflicts."""
    found = report.batch.counts
    return found["new"], found["changed"], found["same"], found["conflict"]


def events(case: UseCase) -> list[str]:
    """What the trail says of a case."""
    found = AuditEvent.objects.filter(subject_id=str(case.pk)).order_by("sequence")
    return list(found.values_list("action", flat=True))


def test_only_the_changed_row_changes_with_one_event_and_the_rest_is_left_alone(by: User) -> None:
    imported(file_of(row(), row(c0="Other")), by=by)
    untouched = UseCase.objects.get(title="Other")
    report = imported(file_of(row(c7="Now in words.", c10="Both"), row(c0="Other")), by=by)
    assert counts(report) == (0, 1, 1, 0)
    case = UseCase.objects.get(title="Sort letters")
    assert (case.purpose, case.version) == ("Now in words.", 2)
    assert case.answers["public_impact"] == {"value": "both"}
    assert events(case) == ["use_case.registered", "use_case.edited"]
    assert events(untouched) == ["use_case.registered"]
    assert UseCase.objects.get(pk=untouched.pk).updated_at == untouched.updated_at


def test_what_people_changed_here_stays_and_is_reported_where_the_file_changed_it_too(by: User) -> None:
    imported(file_of(row()), by=by)
    case = UseCase.objects.get()
    usecases.edit(use_case=case, version=1, by=by, purpose="What we know better.")
    assert counts(imported(file_of(row()), by=by)) == (0, 0, 1, 0)
    report = imported(file_of(row(c7="The file's new words.", c4="Law & Justice")), by=by)
    assert counts(report) == (0, 1, 0, 1)
    case.refresh_from_db()
    assert (case.purpose, case.topic_area) == ("What we know better.", "law")
    (clash,) = report.batch.problems.filter(severity=Severity.CONFLICT)
    assert str(clash).startswith("Row 2, column 8 (What is the intended purpose")
    assert "people changed this here" in clash.message
    assert clash.value == "The file's new words."


def test_a_stage_that_the_file_moves_is_followed_until_somebody_asks_for_a_review(by: User) -> None:
    imported(file_of(row(), row(c0="Other")), by=by)
    first, other = UseCase.objects.get(title="Sort letters"), UseCase.objects.get(title="Other")
    cases.submitted(cases.weighed(other, **COMPLETE))
    report = imported(file_of(row(c9="In production"), row(c0="Other", c9="In production")), by=by)
    assert counts(report) == (0, 1, 1, 1)
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.stage, first.review_due_on is None) == (Stage.DEPLOY, False)
    assert (other.stage, other.review_due_on) == (Stage.DISCOVER, None)
    assert report.batch.problems.get(severity=Severity.CONFLICT).value == "DEPLOY"


@pytest.mark.parametrize("decided", [Stage.DISCOVER, Stage.PLAY])
def test_a_stage_that_a_steward_decided_is_never_the_files_to_say_again(by: User, decided: Stage) -> None:
    imported(own({"Stage": ""}), by=by, profile=plain.PROFILE)
    usecases.decide_stage(use_case=UseCase.objects.get(), stage=decided, reason="They only talk of it.", by=by)
    # Also after a file that agreed with the steward, and what else a file says is taken over.
    for said in ({"Stage": "Deploy"}, {"Stage": decided.label}, {"Stage": "Deploy", "Problem and benefit": "New."}):
        report = imported(own(said), by=by, profile=plain.PROFILE)
        case = UseCase.objects.get()
        assert (case.stage, case.review_due_on) == (decided, None)
        assert report.batch.counts["conflict"] == (said["Stage"] == "Deploy")
    assert case.purpose == "New."
    (clash,) = report.batch.problems.filter(severity=Severity.CONFLICT)
    assert clash.message.startswith("Since the last import a steward decided the stage here")
    assert clash.value == "DEPLOY"


def test_a_stage_that_is_decided_before_a_staged_file_is_taken_over_stays(by: User) -> None:
    imported(own({"Stage": ""}), by=by, profile=plain.PROFILE)
    batch = services.stage_file(content=own({}), file_name="a.csv", profile=plain.PROFILE, by=by)
    assert (batch.counts["changed"], batch.counts["conflict"]) == (1, 0)
    usecases.decide_stage(use_case=UseCase.objects.get(), stage="DISCOVER", reason="They only talk of it.", by=by)
    done = services.take_over(batch_id=batch.pk, by=by)
    assert (done.counts["changed"], done.counts["conflict"]) == (0, 1)
    assert UseCase.objects.get().stage == Stage.DISCOVER


def test_a_stage_that_only_files_told_goes_on_as_they_say(by: User) -> None:
    for said in ("", "Discover", "Deploy"):
        report = imported(own({"Stage": said}), by=by, profile=plain.PROFILE)
        assert report.batch.counts["conflict"] == 0
    assert UseCase.objects.get().stage == Stage.DEPLOY


def test_an_import_clears_nothing_and_a_change_by_it_lapses_what_was_cleared(by: User) -> None:
    imported(file_of(row()), by=by)
    case = UseCase.objects.get()
    cases.decided(cases.submitted(cases.weighed(case, **COMPLETE)))
    imported(file_of(row(c7="Something else.")), by=by)
    assert selectors.use_case(case.ref, viewer=by).standing == Standing.LAPSED


def test_a_stage_that_the_file_tells_at_last_answers_the_question(by: User) -> None:
    imported(file_of(row(c9="")), by=by)
    case = UseCase.objects.get()
    assert (case.stage, ImportIssue.objects.get().resolved_at) == (Stage.DISCOVER, None)
    imported(file_of(row(c9="Retired")), by=by)
    case.refresh_from_db()
    assert case.stage == Stage.RETIRED
    assert ImportIssue.objects.get().resolved_at is not None
    assert counts(imported(file_of(row(c9="")), by=by)) == (0, 0, 1, 0)


def test_a_date_that_changes_is_kept_with_the_case_and_in_its_trail(by: User) -> None:
    imported(file_of(row(c11="7/16/1905")), by=by)
    case = UseCase.objects.get()
    imported(file_of(row(c11="7/16/2024")), by=by)
    assert ExternalId.objects.get().stated[-1] == {"label": "Initiated", "value": "2024-07-16", "said": "7/16/2024"}
    assert events(case)[1:] == ["use_case.source_changed"]
    case.refresh_from_db()
    assert case.version == 1


def test_a_row_that_is_gone_leaves_its_case_and_is_counted(by: User) -> None:
    imported(file_of(row(), row(c7="Twin"), row(c0="Other")), by=by)
    twin = UseCase.objects.get(purpose="Twin")
    report = imported(file_of(row(c7="Twin"), row(c0="Other")), by=by)
    assert (counts(report), report.batch.counts["missing"]) == ((0, 0, 2, 0), 1)
    twin.refresh_from_db()
    assert (twin.purpose, UseCase.objects.count()) == ("Twin", 3)


def test_with_an_id_of_its_own_a_row_may_be_renamed_and_moved(by: User) -> None:
    imported(own({"ID": "7"}), by=by, profile=plain.PROFILE)
    report = imported(own({"ID": "7", "Title": "Sort post", "Business unit": "Retail"}), by=by, profile=plain.PROFILE)
    assert counts(report) == (0, 1, 0, 0)
    case = UseCase.objects.get()
    assert (case.title, case.business_unit.path) == ("Sort post", "Retail")


def test_cases_that_came_before_it_was_kept_what_came_are_taken_for_unchanged(by: User) -> None:
    imported(file_of(row(), row(c0="Other")), by=by)
    ExternalId.objects.update(imported={}, stated=[])
    edited = UseCase.objects.get(title="Other")
    usecases.edit(use_case=edited, version=1, by=by, purpose="What we know better.")
    report = imported(file_of(row(c7="New words."), row(c0="Other", c7="New words.")), by=by)
    assert report.batch.counts["conflict"] >= 1
    assert UseCase.objects.get(title="Sort letters").purpose == "New words."
    edited.refresh_from_db()
    assert edited.purpose == "What we know better."


def test_what_is_staged_is_compared_anew_when_it_is_taken_over(by: User) -> None:
    imported(file_of(row()), by=by)
    case = UseCase.objects.get()
    batch = services.stage_file(
        content=file_of(row(c7="The file's words.")), file_name="a.csv", profile=profiles.of("federal-ai-2024"), by=by
    )
    assert (batch.counts["changed"], batch.counts["conflict"]) == (1, 0)
    usecases.edit(use_case=case, version=1, by=by, purpose="Written meanwhile.")
    done = services.take_over(batch_id=batch.pk, by=by)
    assert (done.counts["changed"], done.counts["conflict"]) == (0, 1)
    case.refresh_from_db()
    assert case.purpose == "Written meanwhile."
    assert done.rows.get().outcome == RowOutcome.SAME


def test_taking_over_twice_is_taking_over_once(by: User) -> None:
    batch = services.stage_file(content=own({}), file_name="a.csv", profile=plain.PROFILE, by=by)
    for _ in range(2):
        assert services.take_over(batch_id=batch.pk, by=by).state == ImportState.DONE
    assert UseCase.objects.count() == 1


def test_a_refused_file_is_never_taken_over(by: User) -> None:
    batch = services.stage_file(content=own({"Title": ""}), file_name="a.csv", profile=plain.PROFILE, by=by)
    assert (batch.state, batch.rows.count()) == (ImportState.REFUSED, 0)
    with pytest.raises(ConflictError, match="was refused"):
        services.take_over(batch_id=batch.pk, by=by)
    with pytest.raises(ConflictError, match="was refused"):
        services.start(batch=batch, by=by)


def test_a_unit_that_ended_meanwhile_stops_all_of_it_with_the_row(by: User) -> None:
    place = unit("Ending")
    batch = services.stage_file(
        content=own({}, {"Business unit": "Ending"}), file_name="a.csv", profile=plain.PROFILE, by=by
    )
    accounts.change_unit(unit=place, by=None, valid_until=date(2020, 1, 1))
    with pytest.raises(InvalidError, match=r"Row 3 cannot be kept: .*Nothing was imported"):
        services.take_over(batch_id=batch.pk, by=by)
    assert not UseCase.objects.exists()
    assert Import.objects.get().rows.count() == 2

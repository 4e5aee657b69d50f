"""The importer on the real inventory of 2,133 use cases."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.accounts.models import BusinessUnit, Role, User
from apps.audit.models import AuditEvent
from apps.outbox.models import OutboxEvent
from apps.search import selectors as searching
from apps.search import services as search
from apps.usecases import selectors
from apps.usecases.importers import profiles, services
from apps.usecases.importers.services import Report
from apps.usecases.models import (
    KIND,
    ExternalId,
    Import,
    ImportIssue,
    ImportProblem,
    ImportRow,
    Stage,
    Standing,
    TopicArea,
    UseCase,
)
from tests import shared_data
from tests.factories.people import person
from tests.integration.test_baselines import cost

PROFILE = profiles.of("federal-ai-2024")
STAGES = {Stage.DISCOVER: 399, Stage.DEVELOP: 691, Stage.DEPLOY: 892, Stage.RETIRED: 142}


def inventory() -> Path:
    """The real file."""
    return shared_data.path("use_cases/federal_ai_inventory_2024.csv")


def folded(text: str) -> str:
    """The text with every run of white space made one blank."""
    return " ".join(text.split())


def source_rows() -> list[list[str]]:
    """The real rows, read without the importer."""
    with inventory().open(encoding="cp1252", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[User, Report]]:
    """Who imported the real inventory, and the report; imported once for the tests that ask for it."""
    content = inventory().read_bytes()
    with django_db_blocker.unblock(), transaction.atomic():
        by = person(Role.STEWARD, name="inventory-steward")
        yield by, services.import_file(content=content, profile=PROFILE, by=by)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_row_is_accounted_for(imported: tuple[User, Report]) -> None:
    counts = imported[1].batch.counts
    assert {name: counts[name] for name in ("rows", "new", "changed", "same", "missing", "queue")} == {
        "rows": 2_133, "new": 2_133, "changed": 0, "same": 0, "missing": 0, "queue": 9,
    }  # fmt: skip
    assert counts["stages"] == STAGES
    assert (counts["error"], counts["conflict"]) == (0, 0)
    assert UseCase.objects.count() == ExternalId.objects.filter(source=PROFILE.key).count() == 2_133


@pytest.mark.django_db
def test_the_stages_are_those_of_the_source(imported: tuple[User, Report]) -> None:
    stated = UseCase.objects.filter(import_issues__isnull=True)
    assert Counter(stated.values_list("stage", flat=True)) == STAGES


@pytest.mark.django_db
def test_a_stage_that_is_not_stated_is_a_question_and_not_an_answer(imported: tuple[User, Report]) -> None:
    values = Counter(ImportIssue.objects.filter(resolved_at=None).values_list("value", flat=True))
    assert values == {"Research or Administrative Action Complete": 5, "": 4}
    assert set(UseCase.objects.filter(import_issues__isnull=False).values_list("stage", flat=True)) == {Stage.DISCOVER}


@pytest.mark.django_db
def test_titles_and_units_are_those_of_the_source(imported: tuple[User, Report]) -> None:
    rows = source_rows()
    assert Counter(UseCase.objects.values_list("title", flat=True)) == Counter(folded(row[0]) for row in rows)
    agencies = set(BusinessUnit.objects.filter(parent=None).values_list("name", flat=True)) - {"Operations"}
    assert len(agencies) == 41
    assert agencies == {folded(row[1]) for row in rows}
    without = sum(folded(row[3]) in ("", "N/A") for row in rows)
    assert UseCase.objects.filter(business_unit__parent=None).count() == without >= 21


@pytest.mark.django_db
def test_one_known_case_is_imported_as_it_stands_in_the_source(imported: tuple[User, Report]) -> None:
    by, _ = imported
    case = selectors.use_cases(viewer=by).get(title="Complaint Summarization")
    row = next(row for row in source_rows() if row[0].strip() == "Complaint Summarization")
    assert folded(case.purpose) == folded(row[7])
    assert case.business_unit.path == f"{folded(row[1])} / {folded(row[3])}"
    assert (case.owner, case.standing) == (by, Standing.UNREVIEWED)


@pytest.mark.django_db
def test_a_blank_purpose_says_so(imported: tuple[User, Report]) -> None:
    assert UseCase.objects.filter(purpose="Not stated in the source.").count() == 11


@pytest.mark.django_db
def test_an_unknown_topic_keeps_its_words(imported: tuple[User, Report]) -> None:
    topics = Counter(UseCase.objects.values_list("topic_area", flat=True))
    assert topics[TopicArea.INTERNAL] == 502 + 367
    assert topics[TopicArea.TRANSPORT] == 42 + 15
    assert topics[TopicArea.LAW] == 247
    others = UseCase.objects.filter(topic_area=TopicArea.OTHER)
    assert not others.filter(topic_other="").exists()
    assert others.filter(topic_other="Deep Learning").count() == 6
    assert not UseCase.objects.exclude(topic_area=TopicArea.OTHER).exclude(topic_other="").exists()


@pytest.mark.django_db
def test_rows_of_equal_name_stay_apart(imported: tuple[User, Report]) -> None:
    keys = Counter(tuple(folded(row[column]) for column in (0, 1, 3)) for row in source_rows())
    repeated = [count for count in keys.values() if count > 1]
    assert (len(repeated), sum(repeated)) == (29, 78)
    ordinals = Counter(key.rpartition("-")[2] for key in ExternalId.objects.values_list("key", flat=True))
    assert ordinals["1"] == len(keys)
    assert sum(ordinals.values()) == 2_133


@pytest.mark.django_db
def test_a_second_import_changes_nothing(imported: tuple[User, Report]) -> None:
    by, _ = imported
    models = (UseCase, ExternalId, ImportIssue, Import, ImportRow, ImportProblem, BusinessUnit, AuditEvent, OutboxEvent)
    before = [model._default_manager.count() for model in models]
    again = services.import_file(content=inventory().read_bytes(), profile=PROFILE, by=by).batch.counts
    assert (again["new"], again["changed"], again["same"], again["stages"]) == (0, 0, 2_133, STAGES)
    assert [model._default_manager.count() for model in models] == before


@pytest.mark.django_db
def test_every_case_is_in_the_audit_trail(imported: tuple[User, Report]) -> None:
    by, _ = imported
    actions = Counter(AuditEvent.objects.filter(actor_id=str(by.pk)).values_list("action", flat=True))
    assert (actions["use_case.registered"], actions["use_cases.imported"]) == (2_133, 1)


@pytest.mark.django_db
def test_an_operating_case_is_due_for_review_and_nothing_is_cleared(imported: tuple[User, Report]) -> None:
    by, _ = imported
    due = UseCase.objects.filter(review_due_on__isnull=False)
    assert due.count() == 892
    assert set(due.values_list("stage", flat=True)) == {Stage.DEPLOY}
    assert {case.standing for case in selectors.use_cases(viewer=by)} == {Standing.UNREVIEWED}


@pytest.mark.django_db
def test_what_the_source_says_of_impact_answers_the_record(imported: tuple[User, Report]) -> None:
    answers = [answers.get("public_impact") for answers in UseCase.objects.values_list("answers", flat=True)]
    found = Counter(str(answer and (answer.get("value") or answer.get("missing"))) for answer in answers)
    assert found == {"neither": 1_722, "both": 195, "rights": 131, "safety": 25, "pending": 20, "None": 39 + 1}


@pytest.mark.django_db
def test_dates_are_kept_as_the_source_says_them(imported: tuple[User, Report]) -> None:
    stated = [said for kept in ExternalId.objects.values_list("stated", flat=True) for said in kept]
    dates = [said for said in stated if said["label"] != "Rights or safety impact"]
    assert len(dates) == 3_248
    assert sum(len(said["value"]) == len("2024-07-16") for said in dates) == 2_824
    assert sum(len(said["value"]) == len("2024") for said in dates) == 134
    assert {said["value"] for said in dates if said["said"] == "7/16/1905"} == {"2024"}
    assert Counter(said["value"] for said in dates)["not_applicable"] == 157 + 24


@pytest.mark.django_db
def test_warnings_name_what_was_made_of_a_cell(imported: tuple[User, Report]) -> None:
    _, report = imported
    told = Counter(" ".join(problem.message.split()[:4]) for problem in report.problems)
    assert told["Read as the year"] == 134
    assert told["No stage of the"] == 9
    assert sum(problem.message.startswith("This row is ") for problem in report.problems) == 78
    assert sum("an exact copy of row" in problem.message for problem in report.problems) == 3
    year = next(problem for problem in report.problems if "1905" in problem.value)
    assert str(year).startswith(f"Row {year.row}, column 1")


@pytest.mark.django_db
def test_a_staged_row_leaves_its_words_with_the_case(imported: tuple[User, Report]) -> None:
    _, report = imported
    rows = report.batch.rows.all()
    assert rows.count() == rows.exclude(use_case=None).filter(values={}, stated=[], questions=[]).count() == 2_133


@pytest.fixture(scope="module")
def searchable(imported: tuple[User, Report], django_db_blocker: DjangoDbBlocker) -> User:
    """Who imported the inventory, which search knows from now on."""
    with django_db_blocker.unblock():
        search.reindex(kind=KIND)
    return imported[0]


@pytest.mark.django_db
@pytest.mark.parametrize(("title", "other"), [("Audio Transcription", "Azure AI Speech to Text Managed")])
def test_similar_cases_of_other_agencies_are_found_by_meaning(searchable: User, title: str, other: str) -> None:
    case = UseCase.objects.filter(title=title).latest("number")
    near = searching.similar(KIND, f"{case.title}\n{case.purpose}", searchable, 50, but=str(case.pk))
    agency = case.business_unit.path.partition(" / ")[0]
    found = [each.object for each in near if not each.object.business_unit.path.startswith(agency)]
    assert any(each.title.startswith(other) for each in found), [each.title for each in found]


@pytest.mark.django_db
def test_with_all_of_them_a_page_asks_no_more_than_with_a_few(searchable: User) -> None:
    """However many rows a page shows or passes over, and whichever case it is about."""
    client = Client()
    client.force_login(person(Role.AI_ENGINEER))
    operating = UseCase.objects.filter(stage=Stage.DEPLOY).order_by("number")
    paths = {
        "list": [f"/use-cases/?rows={rows}" for rows in (25, 50, 100)],
        "narrowed list": [f"/use-cases/?rows=25&stage={stage}&standing=UNREVIEWED" for stage in ("DEPLOY", "RETIRED")],
        "search": ["/search?q=customer+complaints", "/search?q=translate", "/search?q=rangeland"],
        "case": [f"/use-cases/{case.ref}/" for case in (operating[0], operating[400], operating[891])],
        "API": [f"/api/v1/use-cases/?page_size={rows}" for rows in (10, 50, 100)],
    }
    found = {name: {cost(client, path)[0] for path in each} for name, each in paths.items()}
    assert {name: counts for name, counts in found.items() if len(counts) > 1} == {}
    assert max(found["list"] | found["narrowed list"] | found["search"] | found["API"]) <= 12
    assert max(found["case"]) <= 20


@pytest.mark.django_db
def test_the_command_prints_the_report(imported: tuple[User, Report]) -> None:
    out = io.StringIO()
    call_command("import_use_cases", inventory(), profile=PROFILE.key, username="inventory-steward", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[:7] == [
        "2133 rows: new 0, changed 0, already here 2133.",
        "DEPLOY 892",
        "DEVELOP 691",
        "DISCOVER 399",
        "RETIRED 142",
        "manual queue 9",
        "no longer in the file 0",
    ]
    assert sum("No stage of the portal" in line for line in lines) == 9
    assert len(lines) == 8 + imported[1].batch.counts["warning"]

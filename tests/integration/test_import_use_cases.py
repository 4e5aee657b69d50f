"""The importer on the real inventory of 2,133 use cases."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from apps.accounts.models import BusinessUnit, Role, User
from apps.audit.models import AuditEvent
from apps.outbox.models import OutboxEvent
from apps.usecases import selectors
from apps.usecases.importers import profiles, services
from apps.usecases.importers.services import Report
from apps.usecases.models import ExternalId, ImportIssue, Stage, Standing, TopicArea, UseCase
from tests import shared_data
from tests.factories.people import person

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
    _, report = imported
    assert (report.rows, report.new, report.known) == (2_133, 2_133, 0)
    assert report.stages == STAGES
    assert len(report.queue) == 9
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
    models = (UseCase, ExternalId, ImportIssue, BusinessUnit, AuditEvent, OutboxEvent)
    before = [model._default_manager.count() for model in models]
    again = services.import_file(content=inventory().read_bytes(), profile=PROFILE, by=by)
    assert (again.new, again.known, again.stages) == (0, 2_133, STAGES)
    assert [model._default_manager.count() for model in models] == before


@pytest.mark.django_db
def test_every_case_is_in_the_audit_trail(imported: tuple[User, Report]) -> None:
    by, _ = imported
    actions = Counter(AuditEvent.objects.filter(actor_id=str(by.pk)).values_list("action", flat=True))
    assert (actions["use_case.registered"], actions["use_cases.imported"]) == (2_133, 1)


@pytest.mark.django_db
def test_the_command_prints_the_report(imported: tuple[User, Report]) -> None:
    out = io.StringIO()
    call_command("import_use_cases", inventory(), profile=PROFILE.key, username="inventory-steward", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[:6] == [
        "2133 rows: 0 new, 2133 already here.",
        "DEPLOY 892",
        "DEVELOP 691",
        "DISCOVER 399",
        "RETIRED 142",
        "manual queue 9",
    ]
    assert len(lines) == 6 + 9

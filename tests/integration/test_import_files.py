"""The importer on files that are wrong, grow, or are only tried."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Role
from apps.audit.models import AuditEvent
from apps.core.errors import NotAllowedError
from apps.usecases.importers import profiles, services
from apps.usecases.importers.reader import ImportRefusedError
from apps.usecases.models import UseCase
from tests.factories.people import person

PROFILE = profiles.of("federal-ai-2024")


def row(**cells: str) -> list[str]:
    """A row of the profile; give cells as `c0="…"` for the first column."""
    filled = {0: "Sort letters", 1: "Some Agency", 3: "Some Bureau", 9: "Initiated"}
    filled |= {int(name[1:]): value for name, value in cells.items()}
    return [filled.get(column, "") for column in range(PROFILE.width)]


def file_of(*rows: list[str], encoding: str = "cp1252") -> bytes:
    """A file with the profile's headings and these rows."""
    text = io.StringIO(newline="")
    headings = [PROFILE.headings.get(column, "If Other, please explain.") for column in range(PROFILE.width)]
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def refusal(content: bytes) -> str:
    """The words with which the file is refused; nothing of it may be written."""
    with pytest.raises(ImportRefusedError) as refused:
        services.import_file(content=content, profile=PROFILE, by=person(Role.STEWARD))
    assert not UseCase.objects.exists()
    return str(refused.value)


@pytest.mark.django_db
def test_all_problems_are_listed_at_once_and_nothing_is_written() -> None:
    said = refusal(file_of(row(), row(c0=" "), row(c0="x" * 401), row(c1="", c3="y" * 201), row(c4="z" * 501)))
    assert "5 problems" in said
    for problem in (
        "Row 3, column 1 (Use Case Name): this must not be empty.",
        "Row 4, column 1 (Use Case Name): 401 characters, at most 400 are possible.",
        "Row 5, column 2 (Agency): this must not be empty.",
        "Row 5, column 4 (Bureau): 201 characters, at most 200 are possible.",
        "Row 6, column 6 (Other (Use Case Topic Area)): 501 characters, at most 500 are possible.",
    ):
        assert problem in said


@pytest.mark.django_db
def test_a_file_in_another_encoding_is_refused() -> None:
    assert "encoded as UTF-8" in refusal(file_of(row(), encoding="utf-8"))
    assert "not encoded as cp1252: byte" in refusal(file_of(row()) + b"\x81")


@pytest.mark.django_db
def test_another_file_is_refused() -> None:
    assert "is empty" in refusal(b"")
    assert "2 columns, this profile needs 62" in refusal(b"a,b\r\n1,2\r\n")
    assert 'Column 1 should be headed "Use Case Name" but is "Title"' in refusal(
        file_of(row()).replace(b"Use Case Name", b"Title", 1)
    )
    assert "Row 3 has 63 columns" in refusal(file_of(row(), [*row(), "more"]))
    assert "not CSV" in refusal(file_of(row()) + b'"never closed')


@pytest.mark.django_db
def test_white_space_and_line_breaks_are_folded() -> None:
    content = file_of(row(c0="  Sort\n letters ", c7=" First  line \r\n\r\n second ", c3="n/a"))
    services.import_file(content=content, profile=PROFILE, by=person(Role.STEWARD))
    case = UseCase.objects.get()
    assert (case.title, case.purpose) == ("Sort letters", "First line\nsecond")
    assert case.business_unit.path == "Some Agency"


@pytest.mark.django_db
def test_a_row_added_later_is_the_only_new_one() -> None:
    by = person(Role.STEWARD)
    services.import_file(content=file_of(row(), row()), profile=PROFILE, by=by)
    later = services.import_file(content=file_of(row(), row(), row(), row(c0="New")), profile=PROFILE, by=by)
    assert (later.new, later.known) == (2, 2)
    assert UseCase.objects.count() == 4


@pytest.mark.django_db
def test_a_dry_run_checks_everything_and_writes_nothing() -> None:
    by = person(Role.STEWARD)
    before = AuditEvent.objects.count()
    report = services.import_file(content=file_of(row(), row(c9="")), profile=PROFILE, by=by, dry_run=True)
    assert (report.new, len(report.queue)) == (2, 1)
    assert not UseCase.objects.exists()
    assert AuditEvent.objects.count() == before
    with pytest.raises(ImportRefusedError):
        services.import_file(content=file_of(row(c0="")), profile=PROFILE, by=by, dry_run=True)


@pytest.mark.django_db
def test_only_stewards_and_administrators_import() -> None:
    with pytest.raises(NotAllowedError):
        services.import_file(content=file_of(row()), profile=PROFILE, by=person(Role.BUSINESS_OWNER))


@pytest.mark.django_db
def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(file_of(row(c0="")))
    steward = person(Role.STEWARD).username
    gone = person(Role.STEWARD)
    gone.is_active = False
    gone.save()
    for arguments, says in (
        ((file, PROFILE.key, steward), "Row 2, column 1"),
        ((file, "no-such", steward), "Known profiles: federal-ai-2024"),
        ((file, PROFILE.key, "nobody"), "no active person with the user name nobody"),
        ((file, PROFILE.key, gone.username), "no active person"),
        ((file, PROFILE.key, person(Role.AUDITOR).username), "may import use cases"),
        ((tmp_path / "absent.csv", PROFILE.key, steward), "cannot be read"),
        ((tmp_path, PROFILE.key, steward), "cannot be read"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("import_use_cases", arguments[0], profile=arguments[1], username=arguments[2])

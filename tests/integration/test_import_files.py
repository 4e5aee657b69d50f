"""The importer on files that are wrong, grow, or are only tried."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import services as accounts
from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import NotAllowedError
from apps.usecases.importers import profiles, services
from apps.usecases.importers.profiles import federal_ai_2024 as federal
from apps.usecases.importers.profiles import plain
from apps.usecases.importers.profiles.base import Profile
from apps.usecases.importers.reader import ImportRefusedError
from apps.usecases.importers.services import Report
from apps.usecases.models import Import, Stage, TopicArea, UseCase
from tests.factories.people import person, team, unit

PROFILE = profiles.of("federal-ai-2024")


def row(**cells: str) -> list[str]:
    """A row of the profile; give cells as `c0="…"` for the first column."""
    filled = {0: "Sort letters", 1: "Some Agency", 3: "Some Bureau", 7: "By hand it is slow.", 9: "Initiated"}
    filled |= {10: "Neither"} | {int(name[1:]): value for name, value in cells.items()}
    return [filled.get(column, "") for column in range(federal.WIDTH)]


def written(*rows: list[str], encoding: str = "cp1252", delimiter: str = ",") -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def file_of(*rows: list[str], encoding: str = "cp1252") -> bytes:
    """A file with the profile's headings and these rows."""
    headings = [federal.HEADINGS.get(column, "If Other, please explain.") for column in range(federal.WIDTH)]
    return written(headings, *rows, encoding=encoding)


def own(*rows: dict[str, str], **options: Any) -> bytes:
    """A list of one's own with the needed columns, and whatever else the rows name."""
    filled = [
        {
            "Title": "Sort letters", "Problem and benefit": "By hand it is slow.", "Business unit": "Operations",
            "Topic area": "Internal operations", "Stage": "Deploy", **one,
        }
        for one in rows
    ]  # fmt: skip
    names = list(dict.fromkeys(name for one in filled for name in one))
    table = [names, *([one.get(name, "") for name in names] for one in filled)]
    return written(*table, **{"encoding": "utf-8", **options})


def imported(content: bytes, *, by: User | None = None, profile: Profile = PROFILE, dry_run: bool = False) -> Report:
    """The report of importing it."""
    return services.import_file(content=content, profile=profile, by=by or person(Role.STEWARD), dry_run=dry_run)


def refusal(content: bytes, profile: Profile = PROFILE) -> str:
    """The words with which the file is refused; nothing of it may be written."""
    with pytest.raises(ImportRefusedError) as refused:
        imported(content, profile=profile)
    assert not UseCase.objects.exists()
    assert not Import.objects.exists()
    return str(refused.value)


@pytest.mark.django_db
def test_all_problems_are_listed_at_once_and_nothing_is_written() -> None:
    said = refusal(
        file_of(
            row(), row(c0=" "), row(c0="x" * 401), row(c1="", c3="y" * 201), row(c4="z" * 501), row(c0="a\x00b"),
            [*row(), "more"],
        )
    )  # fmt: skip
    assert "7 problems" in said
    for problem in (
        "Row 3, column 1 (Use Case Name): This must not be empty.",
        "Row 4, column 1 (Use Case Name): 401 characters, at most 400 are possible.",
        "Row 5, column 2 (Agency): This must not be empty.",
        "Row 5, column 4 (Bureau): 201 characters, at most 200 are possible.",
        "Row 6, column 6 (Other (Use Case Topic Area)): 501 characters, at most 500 are possible.",
        "Row 7, column 1 (Use Case Name): This cell holds a NUL character, which cannot be stored. Remove it.",
        "Row 8: This row has 63 columns instead of 62.",
    ):
        assert problem in said


@pytest.mark.django_db
def test_a_file_in_another_encoding_is_refused() -> None:
    assert "encoded as UTF-8" in refusal(file_of(row(), encoding="utf-8"))
    assert "not encoded as cp1252 (Windows-1252): byte" in refusal(file_of(row()) + b"\x81")
    assert "not encoded as UTF-8: byte" in refusal(own({"Title": "Büro"}, encoding="cp1252"), plain.PROFILE)
    assert "UTF-16. Save it as CSV in UTF-8" in refusal(own({}, encoding="utf-16"), plain.PROFILE)


@pytest.mark.django_db
def test_another_file_is_refused() -> None:
    assert "is empty" in refusal(b"")
    assert "headings and no rows" in refusal(file_of())
    assert "2 columns, this profile needs 62" in refusal(b"a,b\r\n1,2\r\n")
    assert 'Column 1 should be headed "Use Case Name" but is "Title"' in refusal(
        file_of(row()).replace(b"Use Case Name", b"Title", 1)
    )
    assert "not CSV" in refusal(file_of(row()) + b'"never closed')
    assert "a cell is longer than 131,072 characters" in refusal(file_of(row(c7="x" * 140_000)))


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"PK\x03\x04 and so on", "an Excel workbook"), (b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n", "an image")],
)
@pytest.mark.django_db
def test_what_is_no_text_is_called_by_its_name(content: bytes, what: str) -> None:
    for profile in profiles.PROFILES.values():
        assert f"no CSV but {what}" in refusal(content, profile)


@pytest.mark.django_db
def test_a_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.usecases.importers.reader.MOST_ROWS", 2)
    assert "more than 2 rows. Split it" in refusal(file_of(row(), row(), row()))


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
    assert "larger than 1 MB" in refusal(b"x" * (2**20 + 1))


@pytest.mark.django_db
def test_white_space_and_line_breaks_are_folded() -> None:
    imported(file_of(row(c0="  Sort\n letters ", c7=" First  line \r\n\r\n second ", c3="n/a")))
    case = UseCase.objects.get()
    assert (case.title, case.purpose) == ("Sort letters", "First line\nsecond")
    assert case.business_unit.path == "Some Agency"


@pytest.mark.django_db
def test_a_row_added_later_is_the_only_new_one() -> None:
    by = person(Role.STEWARD)
    imported(file_of(row(), row()), by=by)
    later = imported(file_of(row(), row(), row(), row(c0="New")), by=by).batch.counts
    assert (later["new"], later["changed"], later["same"]) == (2, 0, 2)
    assert UseCase.objects.count() == 4


@pytest.mark.django_db
def test_a_dry_run_checks_everything_and_writes_nothing() -> None:
    by = person(Role.STEWARD)
    before = AuditEvent.objects.count()
    report = imported(file_of(row(), row(c9="")), by=by, dry_run=True)
    assert (report.batch.counts["new"], report.batch.counts["queue"]) == (2, 1)
    assert any("No stage of the portal" in str(problem) for problem in report.problems)
    assert not UseCase.objects.exists()
    assert not Import.objects.exists()
    assert AuditEvent.objects.count() == before
    with pytest.raises(ImportRefusedError):
        imported(file_of(row(c0="")), by=by, dry_run=True)


@pytest.mark.django_db
def test_only_stewards_and_administrators_of_everything_import() -> None:
    for stranger in (
        person(Role.BUSINESS_OWNER), person(Role.AUDITOR), person(Role.STEWARD, unit=unit("Retail")),
        person(Role.ADMINISTRATOR, team=team()),
    ):  # fmt: skip
        with pytest.raises(NotAllowedError, match="of the whole organisation may import use cases"):
            imported(file_of(row()), by=stranger)


@pytest.mark.django_db
def test_a_list_of_ones_own_has_its_columns_in_any_order() -> None:
    owner, by = person(Role.BUSINESS_OWNER), person(Role.STEWARD)
    content = own(
        {
            "Stage": "deploy", "ID": "A-7", "Owner": owner.username, "Business unit": "Retail / Cards",
            "Topic area": "OTHER", "Topic area in words": "Card fraud", "Title": "=Büro",
        },
        {"Stage": "N/A", "Title": "-Later"},
        delimiter=";",
    )  # fmt: skip
    imported(b"\xef\xbb\xbf" + content, by=by, profile=plain.PROFILE)
    case = UseCase.objects.get(title="=Büro")
    assert (case.owner, case.business_unit.path, case.stage) == (owner, "Retail / Cards", Stage.DEPLOY)
    assert (case.topic_area, case.topic_other) == (TopicArea.OTHER, "Card fraud")
    assert case.external_ids.get().key == "A-7"
    assert case.review_due_on is not None
    later = UseCase.objects.get(title="-Later")
    assert (later.owner, later.stage, later.review_due_on) == (by, Stage.DISCOVER, None)
    assert later.import_issues.get().value == "N/A"


@pytest.mark.django_db
def test_a_list_of_ones_own_names_every_wrong_word() -> None:
    accounts.change_unit(unit=unit("Ended"), by=None, valid_until=date(2020, 1, 1))
    said = refusal(
        own(
            {"Stage": "Live", "Topic area": "Banking", "Owner": "nobody-here"},
            {"ID": "1", "Topic area": "other", "Topic area in words": ""},
            {"ID": "1", "Topic area in words": "Letters"},
            {"Business unit": "Ended / Below", "Problem and benefit": "…"},
            {"Business unit": "Retail /  / Cards", "Title": "?"},
        ),
        plain.PROFILE,
    )
    for problem in (
        "Row 2, column 5 (Stage): Choose among Discover, Play, Develop, Deploy, Retired.",
        "Row 2, column 4 (Topic area): Choose among Internal operations,",
        "Row 2, column 6 (Owner): There is no active person with the user name nobody-here.",
        "Say which topic area it is",
        "Row 4, column 7 (ID): This id is there twice, also in row 3.",
        "Leave this empty unless the topic area is Other.",
        "Row 5, column 3 (Business unit): The unit Ended has ended.",
        "Row 5, column 2 (Problem and benefit): This must hold a word.",
        "Row 6, column 3 (Business unit): This must not be empty.",
        "Row 6, column 1 (Title): This must not be empty.",
    ):
        assert problem in said, said


@pytest.mark.django_db
def test_a_list_of_ones_own_says_which_headings_it_misses() -> None:
    said = refusal(written(["Title", "Stage", "stage", "Colour"], ["a", "b", "c", "d"]), plain.PROFILE)
    for problem in (
        "It knows Title, Problem and benefit,", "The column Business unit is missing.",
        "The column Stage is there twice.", 'Column 4 is headed "Colour", which this profile does not know.',
    ):  # fmt: skip
        assert problem in said


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
        ((file, "no-such", steward), "Known profiles: plain, federal-ai-2024"),
        ((file, PROFILE.key, "nobody"), "no active person with the user name nobody"),
        ((file, PROFILE.key, gone.username), "no active person"),
        ((file, PROFILE.key, person(Role.AUDITOR).username), "may import use cases"),
        ((tmp_path / "absent.csv", PROFILE.key, steward), "cannot be read"),
        ((tmp_path, PROFILE.key, steward), "cannot be read"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("import_use_cases", arguments[0], profile=arguments[1], username=arguments[2])

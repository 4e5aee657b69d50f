"""A list as a file: the same rows as on the page, typed, recorded, and nothing in it that a spreadsheet would run."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.badges import badge
from apps.core.lists import Column, exporting
from apps.evaluations import services as evaluations
from apps.portal.selectors import REPORTS
from tests.factories import cases, people, shelves

pytestmark = pytest.mark.django_db
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1", "\u200b=1", "＝1", "＋1", "－1", "＠1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://a.example","click")', "-2+3+cmd|' /C calc'!A0", "=DDE(\"a\";\"b\")",
]  # fmt: skip
HARMLESS = ["plain", "a=b", "1-2", "mail@example.org", "", "über", '"quoted", with comma', "two\nlines", "<b>bold</b>"]


@pytest.fixture
def reader(client: Client) -> User:
    """A signed-in administrator."""
    user = people.person(Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def lines(client: Client, path: str) -> list[list[str]]:
    """The cells of a CSV export."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text, newline="")))


def book(client: Client, path: str) -> list[list[Any]]:
    """The cells of an XLSX export, by openpyxl; none of them may be a formula."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_an_export_holds_every_row_of_the_query_in_the_columns_and_order_of_the_page(
    client: Client, reader: User
) -> None:
    made = [cases.case(title=f"Case {n:03}") for n in range(60)]
    cases.case(title="Other")
    query = "q=Case+0&sort=-title&columns=title,stage,registered"
    found = lines(client, f"/use-cases/?{query}&format=csv")
    assert found[0] == ["Title", "Stage", "Registered"]
    assert [row[0] for row in found[1:]] == [case.title for case in reversed(made)]
    assert book(client, f"/use-cases/?{query}&format=xlsx")[60][0] == "Case 000"


def test_an_export_is_named_by_page_and_day_and_kept_by_nobody(client: Client, reader: User) -> None:
    for form in ("csv", "xlsx"):
        response = client.get(f"/use-cases/?format={form}")
        assert f'filename="use-cases-{datetime.now(UTC):%Y-%m-%d}.{form}"' in response["Content-Disposition"]  # noqa: TID251  # as the server names it
        assert response["Content-Disposition"].startswith("attachment")
        assert response["Cache-Control"] == "no-store"
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [text for text in HOSTILE + HARMLESS if text.strip()])
def test_no_cell_of_a_file_is_a_formula(client: Client, reader: User, text: str) -> None:
    stored = cases.case(title=text).title
    cell = lines(client, "/use-cases/?format=csv")[1][0]
    assert cell == (f"'{stored}" if exporting.neutral(stored) != stored else stored)
    assert book(client, "/use-cases/?format=xlsx")[1][0] == stored


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_cell_gets_an_apostrophe(text: str) -> None:
    assert exporting.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert exporting.neutral(text) == text


@given(st.text(max_size=40))
def test_no_neutral_cell_begins_as_a_formula_does(text: str) -> None:
    begun = str(exporting.neutral(text)).lstrip(" \t\r\n\x0b\x0c\x00\ufeff\u200b\xa0")
    assert not begun.startswith(tuple("=+-@＝＋－＠"))


def _plain(value: Any) -> Any:
    return exporting.plain(Column("x", "X", lambda row: row), value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (badge("approved"), "Approved"),
        (None, None),
        (-5, -5),
        (Decimal("-1.50"), Decimal("-1.50")),
        (date(2026, 3, 2), date(2026, 3, 2)),
        (["a", "b"], "a, b"),
        ("a\x00b\ud800\uffff", "a\ufffdb\ufffd\ufffd"),
    ],
)
def test_a_cell_is_written_by_its_type(value: Any, written: Any) -> None:
    assert _plain(value) == written


def test_numbers_and_times_of_a_csv_file_are_not_taken_for_text() -> None:
    assert exporting.neutral(-5) == -5
    assert exporting.neutral(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)) == "2026-03-02T09:30:00Z"
    assert exporting.neutral(None) == ""


def test_an_xlsx_file_has_typed_cells_and_says_where_a_long_one_was_cut(client: Client, reader: User) -> None:
    case = cases.case(title="x" * 400)
    row = book(client, "/audit/?sort=number&columns=number,when,with&format=xlsx")[1]
    assert isinstance(row[-1], int | float)
    assert any(isinstance(cell, datetime) for cell in row)
    long = exporting._fitting("😀" * 20_000)
    assert len(long.encode("utf-16-le")) // 2 <= exporting.LONGEST_CELL
    assert long.endswith("(cut)")
    assert exporting._fitting(case.title) == case.title


def test_an_export_is_recorded_once_before_a_row_leaves_and_a_page_is_not(client: Client, reader: User) -> None:
    cases.case()
    client.get("/use-cases/?stage=DISCOVER")
    assert not AuditEvent.objects.filter(action="list.exported")
    client.get("/use-cases/?stage=DISCOVER&columns=title&format=csv")
    event = AuditEvent.objects.get(action="list.exported")
    assert (event.subject_kind, event.subject_id, event.actor_id) == ("list", "usecases:list", str(reader.pk))
    assert event.data == {"format": "csv", "query": "stage=DISCOVER&columns=title", "columns": ["title"], "rows": 1}


def test_an_export_of_an_address_that_is_not_understood_is_refused(client: Client, reader: User) -> None:
    response = client.get("/use-cases/?stage=LOST&format=csv")
    assert response.status_code == 400
    assert "stage=LOST was ignored" in response.content.decode()
    assert not AuditEvent.objects.filter(action="list.exported")


def test_an_export_beyond_the_bound_is_refused(client: Client, reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    cases.case()
    cases.case()
    monkeypatch.setattr(exporting, "MOST_ROWS", 1)
    response = client.get("/use-cases/?format=xlsx")
    assert response.status_code == 400
    assert "Narrow the list first" in response.content.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_empty_export_is_its_heads(client: Client, reader: User, form: str) -> None:
    path = f"/use-cases/?q=zebra&columns=title,changed&format={form}"
    assert (lines if form == "csv" else book)(client, path) == [["Title", "Changed (UTC)"]]


@pytest.mark.parametrize(
    "page", ["/use-cases/", "/models/", "/prompts/", "/datasets/", "/evaluations/", "/reviews/", "/audit/"]
)
def test_every_list_page_can_be_taken_along(client: Client, reader: User, page: str) -> None:
    cases.submitted(cases.pinned(cases.case()))
    assert lines(client, f"{page}?format=csv")
    assert book(client, f"{page}?format=xlsx")


def test_whoever_exports_too_often_waits(
    client: Client, reader: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "exports"}}
    settings.API_RATES = {**settings.API_RATES, "export": "2/minute"}
    # A standing clock, whose minute ends 10 seconds later.
    monkeypatch.setattr("apps.core.rates.time", SimpleNamespace(time=lambda: 1_000_000_010.0))
    assert [client.get("/use-cases/?format=csv").status_code for _ in range(2)] == [200, 200]
    refused = client.get("/use-cases/?format=csv")
    assert (refused.status_code, refused["Retry-After"]) == (429, "11")
    assert "Wait 11 seconds" in refused.content.decode()
    assert client.get("/use-cases/").status_code == 200


def test_the_values_behind_a_chart_are_recorded_and_counted_as_an_export_is(
    client: Client, reader: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "charts"}}
    settings.API_RATES = {**settings.API_RATES, "export": "3/minute"}
    monkeypatch.setattr("apps.core.rates.time", SimpleNamespace(time=lambda: 1_000_000_010.0))
    engineer, data = people.person(Role.AI_ENGINEER), shelves.dataset()
    run = evaluations.start_run(
        prompt_version=shelves.prompt(), dataset_version=data, scorers=["numeric"], gate_scorer="numeric",
        endpoint=shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]), threshold=Decimal("0.8"),
        by=engineer,
    )  # fmt: skip
    key, slug = next(iter(REPORTS)), data.dataset.slug
    paths = [
        reverse("report_values", args=[key]), reverse("evaluations:dataset_runs_csv", args=[slug]),
        reverse("evaluations:chart_csv", args=[run.pk, "shares"]),
    ]  # fmt: skip
    answers = [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    found = AuditEvent.objects.filter(action="list.exported").order_by("sequence")
    assert [(event.subject_id, event.data["query"], event.data["format"]) for event in found] == [
        ("report_values", f"key={key}", "csv"),
        ("evaluations:dataset_runs_csv", f"slug={slug}", "csv"),
        ("evaluations:chart_csv", f"run_id={run.pk}&key=shares", "csv"),
    ]
    header, *rows = list(csv.reader(io.StringIO(answers[2].content.decode())))
    assert (found[2].data["columns"], found[2].data["rows"]) == (header, len(rows))
    assert client.get(paths[0]).status_code == 429
    assert found.count() == 3

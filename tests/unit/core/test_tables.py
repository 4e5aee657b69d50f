"""The list component's data: everything in the URL, and nothing from it trusted."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from apps.core import tables

COLUMNS = [
    tables.Column("Name", str, lambda row: f"/things/{row}"),
    tables.Column("Length", len, kind="number"),
]
STATES = [("open", "Open"), ("done", "Done")]


def asked(query: str = "") -> HttpRequest:
    """A request for a list with this query string."""
    return RequestFactory().get(f"/things/?{query}")


def table(query: str = "", rows: int = 120) -> tables.Table:
    """A searchable list with one filter."""
    request = asked(query)
    filters = [tables.choice_filter(request, "state", "State", STATES)]
    names = [f"thing {number}" for number in range(rows)]
    return tables.build(request, names, caption="Things", columns=COLUMNS, filters=filters, searchable=True)


def test_a_page_holds_fifty_rows_of_cells() -> None:
    found = table()
    assert len(found.rows) == 50
    assert found.rows[0] == [
        tables.Cell("Name", "thing 0", "/things/thing 0", "text"),
        tables.Cell("Length", 7, "", "number"),
    ]


@pytest.mark.parametrize(
    ("page", "first"), [("2", "thing 50"), ("3", "thing 100"), ("99", "thing 100"), ("x", "thing 0")]
)
def test_a_page_out_of_range_is_the_nearest_one(page: str, first: str) -> None:
    assert table(f"page={page}").rows[0][0].value == first


def test_an_unnarrowed_list_has_no_chips() -> None:
    found = table("page=2&state=")
    assert not found.filtered
    assert found.chips == []
    assert found.summary == "120 rows"


def test_each_chip_leads_to_the_list_without_it() -> None:
    chips = table("q=red+tape&state=open&page=2").chips
    assert [(chip.label, chip.without) for chip in chips] == [
        ("“red tape”", "?state=open"),
        ("State: Open", "?q=red+tape"),
    ]


def test_one_result_is_not_called_results() -> None:
    assert table("state=done", rows=1).summary == "1 result"


def test_an_unknown_filter_value_restricts_nothing() -> None:
    request = asked("state=%27%3B+drop")
    filters = [tables.choice_filter(request, "state", "State", STATES)]
    assert tables.chosen(filters) == {}
    assert not table("state=%27%3B+drop").filtered


def test_a_chosen_value_restricts_by_its_parameter() -> None:
    assert tables.chosen([tables.choice_filter(asked("state=done"), "state", "State", STATES)]) == {"state": "done"}


def test_a_search_never_holds_what_the_database_cannot_take() -> None:
    assert "\x00" not in tables.words(asked("q=+a%00b+"))


def test_a_reader_sees_the_rows_of_one_page_only() -> None:
    seen: list[int] = []

    def read(rows: list[str]) -> list[str]:
        seen.append(len(rows))
        return [row.upper() for row in rows]

    found = tables.build(
        asked(), ["a"] * 60, caption="Things", columns=COLUMNS, read=read
    )  # fmt: skip
    assert seen == [50]
    assert found.rows[0][0].value == "A"

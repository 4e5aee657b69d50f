"""Every figure that is published about the real inventory, read from the file with the importer's own parts."""

import csv
from collections import Counter
from functools import cache

import pytest

from apps.core.lists.exporting import neutral
from apps.usecases.importers import profiles, reader
from apps.usecases.importers.cells import Said, Sort, dated, missing
from apps.usecases.importers.profiles import federal_ai_2024 as federal
from apps.usecases.importers.profiles.federal_ai_2024 import Impact
from apps.usecases.models import Stage
from tests import shared_data

PROFILE = profiles.of("federal-ai-2024")


@cache
def content() -> bytes:
    """The real file."""
    return shared_data.path("use_cases/federal_ai_inventory_2024.csv").read_bytes()


@cache
def sheet() -> reader.Sheet:
    """As the importer reads it."""
    return reader.read(content(), encoding=PROFILE.encoding, layout=PROFILE.layout)


@cache
def dates() -> list[Said]:
    """Everything that its four columns of dates say."""
    found = [dated(row.cells[column]) for row in sheet().rows for column in federal.DATES]
    return [said for said in found if said]


def test_the_file_is_windows_1252_and_no_utf_8() -> None:
    with pytest.raises(UnicodeDecodeError) as error:
        content().decode("utf-8")
    first = next(csv.reader(content().decode("cp1252").splitlines(keepends=True)))
    assert error.value.start < len(",".join(first).encode("cp1252")) + 2 * len(first)


def test_it_has_rows_columns_lines_and_agencies() -> None:
    assert not sheet().faults
    assert (len(sheet().rows), len(sheet().layout.headings)) == (2_133, 62)
    assert content().count(b"\n") in (4_651, 4_652)
    assert len({row.folded(federal.AGENCY) for row in sheet().rows}) == 41


def test_nine_columns_have_the_same_heading_and_none_is_lost() -> None:
    same = [place for place, said in enumerate(sheet().layout.headings) if said == "If Other, please explain."]
    assert same == [25, 29, 37, 39, 41, 51, 53, 57, 61]
    assert all(any(row.cells[place].strip() for row in sheet().rows) for place in same)


def test_stages_become_those_of_the_portal() -> None:
    said = Counter(row.folded(federal.STAGE) for row in sheet().rows)
    assert said == {
        "Initiated": 370, "Planned": 20, "Ideation": 9, "Acquisition and/or Development": 404,
        "Implementation and Assessment": 287, "Operation and Maintenance": 874, "In production": 14, "In mission": 4,
        "Retired": 142, "Research or Administrative Action Complete": 5, "": 4,
    }  # fmt: skip
    found = Counter(PROFILE.candidate(row).stage for row in sheet().rows)
    assert found == {Stage.DISCOVER: 399, Stage.DEVELOP: 691, Stage.DEPLOY: 892, Stage.RETIRED: 142, None: 9}


def test_impact_is_read_whatever_its_case() -> None:
    found = Counter(federal.impact(row.folded(federal.IMPACT)) for row in sheet().rows)
    assert found == {
        Impact.NEITHER: 1_722, Impact.BOTH: 195, Impact.RIGHTS: 131, None: 39, Impact.SAFETY: 25, Impact.TOO_NEW: 20,
        Impact.BY_CASE: 1,
    }  # fmt: skip
    new = {row.folded(federal.IMPACT) for row in sheet().rows if PROFILE.candidate(row).answers.get("public_impact")}
    assert sum("too new" in said for said in new) == 2


def test_dates_are_days_years_or_what_people_wrote() -> None:
    found = Counter(said.sort for said in dates())
    assert len(dates()) == 3_248
    assert found == {
        Sort.DAY: 2_824, Sort.YEAR: 134, Sort.DAY_AND_MONTH: 65, Sort.MISSING: 182 + 4, Sort.UNREADABLE: 225 - 182 - 4,
    }  # fmt: skip
    words = Counter(
        row.folded(column)
        for row in sheet().rows
        for column in federal.DATES
        if (said := dated(row.cells[column])) and said.sort == Sort.MISSING
    )
    # The last is a placeholder among the rest of the 225, which says that a date is still to come.
    assert words == {"N/A": 157, "NA": 24, "Unknown": 1, "TBD": 4}


def test_a_year_that_became_a_day_in_1905_is_a_year_again() -> None:
    assert dated("7/16/1905") == Said(Sort.YEAR, "2024")
    years = {int(said.value) for said in dates() if said.sort == Sort.YEAR}
    assert years <= set(range(1990, 2031))
    assert min(said.value for said in dates() if said.sort == Sort.DAY) >= "1906"


def test_natural_keys_repeat_and_three_rows_are_copies() -> None:
    keys = Counter(PROFILE.candidate(row).natural_key for row in sheet().rows)
    repeated = [count for count in keys.values() if count > 1]
    assert (len(repeated), sum(repeated)) == (29, 78)
    cells = Counter(tuple(row.cells) for row in sheet().rows)
    assert sum(count - 1 for count in cells.values()) == 3


def test_the_longest_texts_fit() -> None:
    assert max(len(row.folded(federal.TITLE)) for row in sheet().rows) == 342
    assert max(len(cell.strip()) for row in sheet().rows for cell in row.cells) == 4_129


def test_rows_without_a_bureau_belong_to_the_agency() -> None:
    assert sum(not row.folded(federal.BUREAU) for row in sheet().rows) == 21
    alone = [row for row in sheet().rows if not row.folded(federal.BUREAU)]
    assert all(len(PROFILE.candidate(row).unit) == 1 for row in alone)


def test_cells_that_a_spreadsheet_would_compute_are_kept_as_they_are_and_neutralised_on_the_way_out() -> None:
    risky = [cell for row in sheet().rows for cell in row.cells if cell.startswith("-")]
    assert len(risky) == 10
    assert all(neutral(cell) == f"'{cell}" for cell in risky)


def test_what_does_not_apply_is_spelt_in_two_dozen_ways() -> None:
    cells = {cell for row in sheet().rows for cell in row.cells if missing(cell) is not None}
    assert len(cells) >= 24, sorted(cells)


def test_none_is_sometimes_an_answer() -> None:
    """How many demographic variables a model uses: none, which is not the same as a question that does not apply."""
    said = Counter(row.folded(28) for row in sheet().rows)
    assert (said["None"], said["N/A"]) == (396, 115)
    assert missing("None", none_is_real=True) is None

"""What cells of inventories say: dates in the spellings people use, and the many ways of saying nothing."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# Spreadsheets count days from here, as they believe that 1900 was a leap year.
_DAY_ZERO = date(1899, 12, 30)
# A number of days in this range is a year that somebody typed and the spreadsheet took for a date in 1905.
_YEARS = range(1950, 2051)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAY_AND_MONTH = re.compile(r"\d{1,2}-[A-Z][a-z]{2}")
_MARKS = re.compile(r"[^a-z]+")
# Beginnings of answers that go on to say why nothing applies.
_NOT_APPLICABLE = {"na", "notapplicable", "none"}
_UNKNOWN = {"unknown", "notknown"}
_WITHHELD = {"withheld", "withheldcybersecurity", "redacted"}
_PENDING = {"pending", "forthcoming", "tbd", "tobedetermined"}


class Missing(StrEnum):
    """Why there is no value; four different things, and none of them is an empty cell."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WITHHELD = "withheld"
    PENDING = "pending"


def missing(text: str, *, none_is_real: bool = False) -> Missing | None:
    """Which way of saying nothing `text` is, None for an answer or an empty cell, however it is spelt.

    Where `none_is_real`, "None" is an answer: no demographic variables are used, nobody was harmed.
    """
    bare = _MARKS.sub("", text.lower())
    if bare == "none" and none_is_real:
        return None
    for said, why in (
        (_NOT_APPLICABLE, Missing.NOT_APPLICABLE), (_UNKNOWN, Missing.UNKNOWN),
        (_WITHHELD, Missing.WITHHELD), (_PENDING, Missing.PENDING),
    ):  # fmt: skip
        if bare in said and not any(character.isdigit() for character in text):
            return why
    return None


class Sort(StrEnum):
    """How much of a date a cell says."""

    DAY = "day"
    YEAR = "year"
    DAY_AND_MONTH = "day and month"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Said:
    """What a date cell says: `value` is `2024-07-16`, `2024`, a Missing, or the words as they are."""

    sort: Sort
    value: str


def dated(text: str) -> Said | None:
    """What the cell says of a date, None where it is empty. Month before day, as in the United States.

    A date in 1905 is a bare year that a spreadsheet read as a number of days: 7/16/1905 is day 2,024, so the year 2024.
    """
    words = " ".join(text.split())
    if not words:
        return None
    if why := missing(words):
        return Said(Sort.MISSING, why.value)
    if _DAY_AND_MONTH.fullmatch(words):
        return Said(Sort.DAY_AND_MONTH, words)
    day = _day(words)
    if day is None:
        return Said(Sort.UNREADABLE, words)
    if day.year == 1905:
        days = (day - _DAY_ZERO) // timedelta(days=1)
        return Said(Sort.YEAR, str(days)) if days in _YEARS else Said(Sort.UNREADABLE, words)
    return Said(Sort.DAY, day.isoformat()) if day.year > 1905 else Said(Sort.UNREADABLE, words)


def _day(words: str) -> date | None:
    slashed, iso = _SLASHED.fullmatch(words), _ISO.fullmatch(words)
    parts = (slashed[3], slashed[1], slashed[2]) if slashed else iso.groups() if iso else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None

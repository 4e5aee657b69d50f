"""Comparison of the final number of an answer."""

import re
from decimal import Decimal

from apps.evaluations.scorers.base import RIGHT, WRONG, Judgement

# Calculator marks such as <<9*2=18>> are working notes, not answers.
_MARKS = re.compile(r"<<[^<>]*>>")
_NUMBER = re.compile(r"(?<![\d.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?\.\d+")


def last_number(text: str) -> Decimal | None:
    """The last number in `text`, thousands separators removed; None without one."""
    found = _NUMBER.findall(_MARKS.sub("", text))
    return Decimal(found[-1].replace(",", "")) if found else None


class Numeric:
    """Right when the last number of the answer equals the last number of the expected one, exactly as decimals."""

    key, title, version = "numeric", "Final number", 1

    def score(self, *, expected: str, output: str) -> Judgement:
        """1 when both final numbers are equal, else 0; an expected answer without a number is an error."""
        want, got = last_number(expected), last_number(output)
        if want is None:
            return Judgement(None, error="The expected answer holds no number.")
        if got is None:
            return Judgement(WRONG, "no number in the answer")
        return Judgement(RIGHT if got == want else WRONG, f"{got} against {want}"[:500])

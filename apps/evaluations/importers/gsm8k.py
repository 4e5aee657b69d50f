"""The files of GSM8K (grade-school mathematics): problems, and recorded solutions of four models."""

import json
from collections.abc import Iterator
from pathlib import Path

from apps.core.errors import InvalidError
from apps.evaluations.services import Item

MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def _rows(file: Path) -> Iterator[dict[str, object]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidError(f"{file.name}, line {number} is not JSON: {error}.") from error
            if not isinstance(row, dict) or not isinstance(row.get("question"), str):
                raise InvalidError(f"{file.name}, line {number} has no question.")
            yield row


def problems(file: Path) -> list[Item]:
    """One item a problem: input `question`, expected the number after `####`. Raises InvalidError naming the line."""
    return [
        Item({"question": row["question"]}, str(row.get("answer", "")).rpartition("####")[2].strip())
        for row in _rows(file)
    ]


def recorded_solutions(file: Path) -> dict[str, list[tuple[dict[str, object], str]]]:
    """For each of the four models, (input, solution text) pairs. Raises InvalidError naming line and model."""
    answers: dict[str, list[tuple[dict[str, object], str]]] = {model: [] for model in MODELS}
    for number, row in enumerate(_rows(file), start=1):
        for model in MODELS:
            solution = row.get(model)
            if not isinstance(solution, dict) or not isinstance(solution.get("solution"), str):
                raise InvalidError(f"{file.name}, line {number} has no solution of {model}.")
            answers[model].append(({"question": row["question"]}, solution["solution"]))
    return answers

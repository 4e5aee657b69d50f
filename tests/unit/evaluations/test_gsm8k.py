"""Reading the files of GSM8K."""

import json
from pathlib import Path

import pytest

from apps.core.errors import InvalidError
from apps.evaluations.importers import gsm8k


def written(folder: Path, *rows: object) -> Path:
    """A file with one JSON row a line."""
    file = folder / "rows.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_the_expected_answer_is_what_follows_the_four_hashes(tmp_path: Path) -> None:
    file = written(tmp_path, {"question": "2 + 2?", "answer": "Add. <<2+2=4>>\n#### 4"})
    item = gsm8k.problems(file)[0]
    assert (item.input, item.expected) == ({"question": "2 + 2?"}, "4")


def test_each_model_gets_its_own_solution(tmp_path: Path) -> None:
    solutions = {model: {"solution": f"by {model}"} for model in gsm8k.MODELS}
    found = gsm8k.recorded_solutions(written(tmp_path, {"question": "q", **solutions}))
    assert found == {model: [({"question": "q"}, f"by {model}")] for model in gsm8k.MODELS}


@pytest.mark.parametrize("row", ["{", "[]", '"text"', {"answer": "#### 4"}, {"question": 4}])
def test_a_faulty_line_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(InvalidError, match=r"rows.jsonl, line 2 "):
        gsm8k.problems(written(tmp_path, {"question": "q", "answer": "#### 1"}, row))


def test_a_line_without_a_models_solution_names_the_model(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="line 1 has no solution of 6b_finetuning"):
        gsm8k.recorded_solutions(written(tmp_path, {"question": "q"}))

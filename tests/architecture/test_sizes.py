"""Budgets of length: what fits on a screen can be read."""

import statistics

from tests.architecture import source

FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES, HANDLER_LINES, TASK_LINES = 400, 60, 120, 20, 12
MEDIAN_LINES, P90_LINES = 8, 25


def length(function: source.Function) -> int:
    """Lines from `def` to the end of the body."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module.name}:{function.lineno} {function.name} has {length(function)} lines"
        for module in source.modules()
        for function in module.functions()
        if length(function) > FUNCTION_LINES
    ]
    assert not long, long


def test_most_functions_are_short() -> None:
    lengths = [
        length(function) for module in source.modules("apps", "worker", "coe_portal") for function in module.functions()
    ]
    median, p90 = statistics.median(lengths), statistics.quantiles(lengths, n=10)[-1]
    print(f"{len(lengths)} functions: median {median:.0f} lines, p90 {p90:.0f}, longest {max(lengths)}")
    assert median <= MEDIAN_LINES
    assert p90 <= P90_LINES


def test_no_file_is_longer_than_its_budget() -> None:
    long = {module.name: lines for module in source.modules() if (lines := len(module.text.splitlines())) > FILE_LINES}
    assert not long, long


def test_no_template_is_longer_than_its_budget() -> None:
    templates = (source.ROOT / "templates").rglob("*.html")
    long = [path.name for path in templates if len(path.read_text(encoding="utf-8").splitlines()) > TEMPLATE_LINES]
    assert not long, long


def test_a_handler_binds_and_answers_and_no_more() -> None:
    long = [
        f"{module.name}:{function.lineno} {function.name} has {length(function)} lines"
        for module in source.rooms("views", "api")
        for function in module.functions()
        if length(function) > HANDLER_LINES
    ]
    assert not long, long


def test_a_task_is_a_doorbell() -> None:
    long = [
        f"{module.name}:{function.lineno} {function.name}"
        for module in source.modules("worker")
        if "tasks" in module.path.parts
        for function in module.functions()
        if length(function) > TASK_LINES
    ]
    assert not long, long

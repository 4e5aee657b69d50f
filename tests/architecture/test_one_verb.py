"""A handler of the API calls one verb: the guard keeps what was done before a refusal, so a second could leave half."""

import ast
from collections.abc import Iterator

from tests.architecture import source

_WRITING = {"post", "put", "patch", "delete"}
# Of what services offer, these change nothing that a refusal afterwards would have to undo.
_ASKING = ("check_", "may_", "note_view")


def handlers() -> Iterator[tuple[source.Module, source.Function]]:
    """Every function of the API that answers a writing method."""
    for module in source.rooms("api"):
        yield from ((module, function) for function in module.functions() if function.name in _WRITING)


def verbs(function: ast.AST) -> list[str]:
    """What the function calls of any `services`, those in branches of which one alone is taken counted once."""
    if isinstance(function, ast.If | ast.IfExp):
        then, other = _branch(function.body), _branch(function.orelse)
        return verbs(function.test) + max(then, other, key=len)
    found = [name] if isinstance(function, ast.Call) and (name := _verb(function.func)) else []
    return found + [verb for part in ast.iter_child_nodes(function) for verb in verbs(part)]


def _branch(part: list[ast.stmt] | ast.expr) -> list[str]:
    return [verb for one in (part if isinstance(part, list) else [part]) for verb in verbs(one)]


def _verb(called: ast.expr) -> str:
    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
        return ""
    is_verb = called.value.id == "services" and not called.attr.startswith(_ASKING)
    return called.attr if is_verb else ""


def test_a_handler_of_the_api_calls_one_verb() -> None:
    several = [
        f"{module.name}:{function.lineno} {function.name}: {found}"
        for module, function in handlers()
        if len(found := verbs(function)) > 1
    ]
    assert not several, f"Write one service, which is done whole or not at all: {several}"


def test_the_test_would_notice_two_verbs() -> None:
    assert len(list(handlers())) > 10
    for text, count in (
        ("services.move(x)\nif y:\n    services.end(x)", 2),
        ("if y:\n    services.move(x)\nelse:\n    services.end(x)", 1),
        ("services.check_place(x)\nreturn services.move(x)", 1),
    ):
        tree = ast.parse(f"def patch(x, y):\n    {text.replace(chr(10), chr(10) + '    ')}")
        assert len(verbs(tree)) == count, text

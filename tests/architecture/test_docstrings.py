"""Every module opens with one sentence, and what others call says what it does."""

import ast
from collections.abc import Iterator

from tests.architecture import source

_ROOMS = ("services", "selectors", "rules", "models", "scorers", "importers", "access", "registry", "lanes", "subjects")
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_every_module_opens_with_one_sentence() -> None:
    silent = [
        module.name
        for module in source.modules()
        if module.text.strip()
        if not (first := (ast.get_docstring(module.tree) or "").split("\n\n")[0]).endswith((".", "?")) or "\n" in first
    ]
    assert not silent, silent


def public(body: list[ast.stmt], *, inside: str = "") -> Iterator[tuple[str, Documented]]:
    """(name, definition) of what a module offers: no underscore in front, and no Meta."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_") and node.name != "Meta":
            yield f"{inside}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, inside=f"{node.name}.")


def test_what_a_room_offers_has_a_docstring() -> None:
    silent = [
        f"{module.name}: {name}"
        for module in [*source.rooms(*_ROOMS), *source.modules("worker")]
        for name, definition in public(module.tree.body)
        if not ast.get_docstring(definition)
    ]
    assert not silent, silent

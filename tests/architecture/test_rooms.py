"""Each room of an app keeps to its own words."""

import ast
import importlib
import inspect
import re

import pytest
from django.db.models import Choices

from tests.architecture import source

ROOMS = {
    "__init__", "apps", "models", "rules", "services", "selectors", "events", "jobs", "forms", "views", "urls", "api",
    "admin", "migrations", "management", "templatetags", "choices",
}  # fmt: skip
# Rooms that only one app has, each with what it is for; apps.core is all mechanics and stands apart.
OWN_ROOMS = {
    "audit": {"middleware": "who changes what", "registry": "whose rows are kept in history"},
    "accounts": {
        "access": "answers who may do what",
        "authentication": "reads a token",
        "backends": "checks a password",
        "bulk": "what can be done to many things at once",
        "claims": "which roles a group gives",
        "kinds": "what can be shared, reviewed and talked about",
        "middleware": "ends sessions",
        "scopes": "what a token may be limited to",
        "sign_on": "speaks OpenID Connect",
        "owning": "form fields of what a team answers for",
    },
    "catalog": {"sandbox": "the version that worker and catalog must agree on"},
    "egress": {"vault": "seals and opens stored secrets"},
    "evaluations": {"importers": "readers of test sets", "scorers": "judges of answers"},
    "portal": {
        "context": "the navigation",
        "notices": "whom events concern, and in which words",
        "demo": "the demonstration organisation",
        "reactions": "event to verbs",
        "scale": "the organisation to measure with",
    },
    "reviews": {"lanes": "the list of lanes", "subjects": "what can be reviewed"},
    "search": {"embedders": "text to vectors", "registry": "what can be searched"},
    "usecases": {"importers": "readers of inventories", "registry": "what a case can pin"},
}
WRITES = {
    "save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "update", "delete",
    "asave", "acreate", "adelete", "aupdate",
}  # fmt: skip


def writes(module: source.Module) -> list[str]:
    """Where a module calls one of the ORM's writing methods."""
    return [f"{module.name}:{line} .{name}()" for line, name in module.called_methods() if name in WRITES]


def test_an_app_has_only_known_rooms() -> None:
    strange = {
        module.name
        for module in source.modules("apps")
        if module.app not in ("", "core") and module.room not in ROOMS | OWN_ROOMS.get(module.app, {}).keys()
    }
    assert not strange, strange


def test_an_app_says_what_it_owns() -> None:
    silent = [path for path in (source.ROOT / "apps").glob("*/__init__.py") if not path.read_text().startswith('"""')]
    assert not silent, silent


def test_rules_and_scorers_never_speak_of_django() -> None:
    loud = [
        f"{module.name}: {target}"
        for module in source.rooms("rules", "scorers")
        for target, _ in module.imports()
        if target.split(".")[0] in ("django", "rest_framework", "pgtrigger")
    ]
    assert not loud, loud


def test_rules_take_nothing_but_choices_and_constants_from_models() -> None:
    rows = [
        f"{module.name}: {target}.{name}"
        for module in source.rooms("rules", "scorers")
        for target, names in module.imports()
        if target.endswith(".models")
        for name in names
        if not _is_plain(getattr(importlib.import_module(target), name))
    ]
    assert not rows, rows


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | tuple) or (inspect.isclass(value) and issubclass(value, Choices))


def test_rules_are_told_the_time() -> None:
    clocks = [
        f"{module.name}:{line}"
        for module in source.rooms("rules", "scorers")
        for line, name in module.called_methods()
        if name in ("now", "today", "localdate", "utcnow", "time")
    ]
    assert not clocks, clocks


def test_services_are_called_by_name() -> None:
    by_position = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in source.rooms("services")
        for node in module.tree.body
        if isinstance(node, source.Function) and not node.name.startswith("_")
        if len(node.args.posonlyargs) + len(node.args.args) > 1
    ]
    assert not by_position, by_position


@pytest.mark.parametrize("room", ["services", "selectors", "rules", "models"])
def test_the_inner_rooms_never_speak_of_pages(room: str) -> None:
    pages = [
        f"{module.name}: {target}"
        for module in source.rooms(room)
        for target, _ in module.imports()
        if target.startswith(("django.http", "django.template", "django.shortcuts", "django.views", "rest_framework"))
        or target.endswith((".views", ".forms", ".api", ".admin"))
    ]
    assert not pages, pages


def test_selectors_never_write() -> None:
    assert not [found for module in source.rooms("selectors") for found in writes(module)]


def test_pages_and_the_api_never_write() -> None:
    assert not [found for module in source.rooms("views", "api", "forms") for found in writes(module)]


def test_the_admin_never_writes_past_the_services() -> None:
    found = [place for module in source.rooms("admin") for place in writes(module)]
    assert not found, found


def test_a_task_loops_over_nothing() -> None:
    loops = [
        f"{module.name}:{node.lineno}"
        for module in source.modules("worker")
        if "tasks" in module.path.parts
        for node in ast.walk(module.tree)
        if isinstance(node, ast.For | ast.While | ast.If)
    ]
    assert not loops, loops


def test_reactions_are_a_table() -> None:
    module = next(module for module in source.rooms("reactions"))
    kinds = {type(node) for node in module.tree.body[1:]}
    assert kinds <= {ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign}
    assert not any(isinstance(node, ast.If | ast.IfExp | ast.Lambda) for node in ast.walk(module.tree))


_DECIDING = re.compile(r"\.objects\b|\bperms\.|has_perm|is_superuser|\.filter\b")


def test_templates_are_told_what_to_show() -> None:
    deciding = [
        f"{path.relative_to(source.ROOT)}: {found.group()}"
        for path in (source.ROOT / "templates").rglob("*.html")
        for found in _DECIDING.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not deciding, deciding


def test_templates_hold_no_inline_script_or_style() -> None:
    inline = [
        f"{path.relative_to(source.ROOT)}: {found.group()}"
        for path in (source.ROOT / "templates").rglob("*.html")
        for found in re.finditer(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", path.read_text(encoding="utf-8"))
    ]
    assert not inline, inline

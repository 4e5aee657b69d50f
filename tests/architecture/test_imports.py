"""Who may import whom: the import contract, that it bites, and what an import inside a function needs."""

import ast
import os
import shutil
from pathlib import Path

import pytest

from tests.architecture import source

DOORS = {
    "models",
    "services",
    "selectors",
    "rules",
    "access",
    "bulk",
    "choices",
    "kinds",
    "lanes",
    "owning",
    "registry",
    "subjects",
}


def lint(root: Path) -> tuple[bool, str]:
    """Whether the contracts hold in the tree at `root`, and what import-linter says."""
    done = source.run("lint-imports", "--no-cache", cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    return done.returncode == 0, done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code that a test may spoil."""
    for package in ("apps", "worker", "coe_portal"):
        shutil.copytree(source.ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source.ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_keeps_the_contracts() -> None:
    kept, said = lint(source.ROOT)
    assert kept, said


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("apps/core/spoilt.py", "from apps.portal import reactions", "Storeys of the apps"),
        ("apps/reviews/spoilt.py", "from apps.evidence import models", "Storeys of the apps"),
        ("apps/usecases/spoilt.py", "from worker import queues", "The site and the workers stand above"),
        ("apps/usecases/spoilt.py", "import celery", "Apps never speak Celery"),
        ("worker/tasks/spoilt.py", "import torch", "Model libraries live in worker/engines"),
        ("apps/reviews/spoilt.py", "import guardian", "Only access.py speaks guardian"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(copy: Path, module: str, statement: str, contract: str) -> None:
    (copy / module).write_text(f'"""Spoilt."""\n\n{statement}\n')
    kept, said = lint(copy)
    assert not kept
    assert any(contract in line and "BROKEN" in line for line in said.splitlines()), said


def test_an_app_that_no_storey_lists_breaks_the_contract(copy: Path) -> None:
    (copy / "apps" / "unlisted").mkdir()
    (copy / "apps" / "unlisted" / "__init__.py").write_text('"""Listed nowhere."""\n')
    kept, said = lint(copy)
    assert not kept
    assert "unlisted" in said


def test_every_app_of_the_settings_stands_in_exactly_one_storey() -> None:
    from django.apps import apps  # the registry is filled by then

    ours = [config.name.removeprefix("apps.") for config in apps.get_app_configs() if config.name.startswith("apps.")]
    listed = [app for storey in source.storeys() for app in storey]
    assert len(listed) == len(set(listed))
    assert set(ours) <= set(listed)
    assert {path.parent.name for path in (source.ROOT / "apps").glob("*/__init__.py")} == set(ours)


def test_an_app_is_entered_by_its_doors_only() -> None:
    strangers = [
        f"{module.name}: {target}.{name}"
        for module in source.modules("apps")
        if module.app
        for target, names in module.imports()
        if target.startswith("apps.") and target.split(".")[1] not in ("core", module.app)
        for name in [*target.split(".")[2:3], *([] if target.count(".") > 1 else names)]
        if name not in DOORS and not (name == module.room and name in ("admin", "api"))
    ]
    assert not strangers, strangers


def test_verbs_of_another_app_are_called_through_its_module() -> None:
    taken_apart = [
        f"{module.name}: from {target} import {', '.join(names)}"
        for module in source.modules("apps")
        if module.app
        for target, names in module.imports()
        if target.startswith("apps.") and target.endswith((".services", ".selectors"))
        if target.split(".")[1] != module.app and not all(name[0].isupper() for name in names)
    ]
    assert not taken_apart, taken_apart


def test_no_room_queries_a_model_of_another_app() -> None:
    queries = [
        f"{module.name}:{node.lineno} {node.value.id}.objects"
        for module in source.rooms("services", "selectors", "rules", "views", "api")
        for foreign in [_models_of_others(module)]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_base_manager", "_default_manager")
        if isinstance(node.value, ast.Name) and node.value.id in foreign
    ]
    assert not queries, queries


def _models_of_others(module: source.Module) -> set[str]:
    """The names that a module takes from models of other apps."""
    own = f"apps.{module.app}.models"
    taken = [names for target, names in module.imports() if target.endswith(".models") and target != own]
    return {name for names in taken for name in names}


def test_an_import_inside_a_function_says_why() -> None:
    silent = [
        f"{module.name}:{first.lineno}"
        for module in source.modules()
        for function in module.functions()
        if (first := next((n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)), None))
        if not any("#" in line for line in module.text.splitlines()[first.lineno - 2 : first.lineno])
    ]
    assert not silent, silent

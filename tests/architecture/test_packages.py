"""The locked requirements, the top of the tree, and what no file may hold."""

import re
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import source

RUNTIME, DEMO, DEV = "requirements.txt", "requirements-demo.txt", "requirements-dev.txt"
TOP = {
    ".ci", ".dockerignore", ".editorconfig", ".env.example", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md", "Dockerfile", "README.md", "apps", "coe_portal", "compose.rabbitmq.yaml", "compose.yaml", "docs",
    "manage.py", "pyproject.toml", "requirements-bootstrap.txt", RUNTIME, DEMO, DEV, "static", "templates", "tests",
    "worker",
}  # fmt: skip
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def declared(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: the site's needs, and those of the named groups."""
    asked = list(source.pyproject()["project"]["dependencies"])
    for group in groups:
        asked += source.pyproject()["dependency-groups"][group]
    return [Requirement(line) for line in asked]


def pinned(file: str) -> dict[str, str]:
    """Name and version of every package a requirements file pins."""
    found = _PIN.findall((source.ROOT / file).read_text(encoding="utf-8"))
    return {canonicalize_name(name): version for name, version in found}


def closure(wanted: list[Requirement]) -> set[str]:
    """The names that `wanted` leads to, by what the installed packages say they need."""
    names: set[str] = set()
    todo = [(requirement, frozenset(requirement.extras)) for requirement in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        requirement, extras = todo.pop()
        key = (canonicalize_name(requirement.name), extras)
        if key in seen:
            continue
        seen.add(key)
        names.add(key[0])
        todo += [(need, frozenset(need.extras)) for need in _needs(key[0], extras)]
    return names


def _needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    try:
        needs = [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:  # pinned for another platform or Python
        return []
    chosen = [extras_of(extra) for extra in ("", *extras)]
    return [need for need in needs if need.marker is None or any(need.marker.evaluate(env) for env in chosen)]


def extras_of(extra: str) -> dict[str, str]:
    """The environment in which a package's marker is judged."""
    return {"extra": extra}


@pytest.mark.parametrize(("file", "groups"), [(RUNTIME, ()), (DEMO, ("embedded",)), (DEV, ("embedded", "dev"))])
def test_what_pyproject_asks_for_is_pinned(file: str, groups: tuple[str, ...]) -> None:
    pins = pinned(file)
    wrong = [
        f"{need} is pinned to {pins.get(canonicalize_name(need.name))}"
        for need in declared(*groups)
        if not need.specifier.contains(pins.get(canonicalize_name(need.name), "0"))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(("file", "groups"), [(RUNTIME, ()), (DEMO, ("embedded",)), (DEV, ("embedded", "dev"))])
def test_a_requirements_file_pins_all_that_is_needed(file: str, groups: tuple[str, ...]) -> None:
    assert closure(declared(*groups)) <= pinned(file).keys()


def test_production_installs_no_embedded_server_and_no_tool() -> None:
    extra = {canonicalize_name(need.name) for need in declared("embedded", "dev")[len(declared()) :]}
    assert not extra & pinned(RUNTIME).keys()


def test_every_requirements_file_pins_the_same_versions() -> None:
    runtime, demo, dev = pinned(RUNTIME), pinned(DEMO), pinned(DEV)
    assert runtime.items() <= demo.items() <= dev.items()


@pytest.mark.parametrize("file", ["requirements-bootstrap.txt", RUNTIME, DEMO, DEV])
def test_a_requirements_file_is_pins_with_hashes_and_names_no_address(file: str) -> None:
    text = (source.ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    bare = [block for block in blocks if block and not block.startswith("#") and "--hash=sha256:" not in block]
    assert not bare, bare


def test_every_dependency_says_what_it_is_for() -> None:
    text = (source.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    groups = source.pyproject()["dependency-groups"].values()
    lines = [*source.pyproject()["project"]["dependencies"], *(line for group in groups for line in group)]
    silent = [line for line in lines if not re.search(rf'^\s+"{re.escape(line)}",\s+# \w', text, re.MULTILINE)]
    assert not silent, silent


def test_the_top_of_the_tree_is_fixed() -> None:
    found = {path.relative_to(source.ROOT).parts[0] for path in source.tracked()}
    assert found == TOP, found ^ TOP


_HOSTS = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|docker\.io|ghcr\.io|quay\.io|unpkg\.com|jsdelivr)\b"
)
_PLACES = re.compile(r"(?<![\w.}])/(work|home|Users|root)/\w")
# In two halves, so that this file does not mention them either.
_TOOLS = re.compile(r"\b(clau" r"de|anthro" r"pic|chat" r"gpt|copi" r"lot|open" r"ai codex)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("what", "pattern"), [("registry host", _HOSTS), ("place on one machine", _PLACES), ("writing tool", _TOOLS)]
)
def test_no_file_names_a(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}: {hit.group()}"
        for name, text in source.readable()
        if not name.startswith("tests/fixtures/") and name != "tests/architecture/test_packages.py"
        for hit in pattern.finditer(text)
    ]
    assert not found, f"{what}: {found}"

"""The documents speak of files, links and commands that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from coe_portal.local.commands import LOCAL
from tests.architecture import source

DOCUMENTS = sorted(path for path in source.tracked() if path.suffix == ".md")
DECISIONS = sorted((source.ROOT / "docs" / "decisions").glob("*.md"))
_PARTS = ("Context", "Decision", "Consequences", "Alternatives")
_ROOTS = ("apps/", "coe_portal/", "docs/", "static/", "templates/", "tests/", "worker/", "reviews/", "search/", "core/")


def name_of(path: Path) -> str:
    """The test's name for a document."""
    return path.relative_to(source.ROOT).as_posix()


def paths_in(text: str) -> Iterator[str]:
    """Every path of the project that a text sets in code type."""
    for word in re.findall(r"`([\w./-]+)`", text):
        if word.startswith(_ROOTS):
            yield word


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_path_in_a_document_exists(document: Path) -> None:
    places = (source.ROOT, source.ROOT / "apps", source.ROOT / "apps" / "evaluations", source.ROOT / "apps" / "core")
    text = document.read_text(encoding="utf-8")
    gone = [word for word in paths_in(text) if not any((place / word).exists() for place in places)]
    assert not gone, gone


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_link_in_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not dead, dead


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_command_in_a_document_exists(document: Path) -> None:
    named = re.findall(r"manage\.py ([a-z0-9_]+)", document.read_text(encoding="utf-8"))
    known = get_commands().keys() | LOCAL.keys()
    assert set(named) <= known, set(named) - known


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_a_decision_has_its_four_parts_and_is_short(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    assert text.startswith(f"# {decision.name[:4]} ")
    assert tuple(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == _PARTS
    assert len(text.split()) <= 400


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_fits_on_one_screen() -> None:
    assert len((source.ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 40


def test_the_storeys_in_the_documents_are_those_of_the_contract() -> None:
    text = (source.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    told = {int(height): set(re.findall(r"`(\w+)`", apps)) for height, apps in rows}
    apps = {path.parent.name for path in (source.ROOT / "apps").glob("*/__init__.py")}
    assert told == {height: set(storey) & apps for height, storey in enumerate(source.storeys(), start=1)}

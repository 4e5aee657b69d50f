"""What the architecture tests read: the project's files as text, as syntax trees and as storeys."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("coe_portal", "apps", "worker", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_LISTED = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]


@dataclass(frozen=True)
class Module:
    """One Python file of the project."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the root, as messages show it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def app(self) -> str:
        """The app it belongs to, "" outside of apps."""
        parts = self.path.relative_to(ROOT).parts
        return parts[1] if parts[0] == "apps" and len(parts) > 2 else ""

    @property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parsed(self.path)

    @property
    def room(self) -> str:
        """The name of the module or package directly inside its app, "" outside of apps."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return parts[2] if self.app else ""

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def imports(self) -> Iterator[tuple[str, list[str]]]:
        """(module, names) of every import; names is empty for `import module`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, []) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or "", [alias.name for alias in node.names]

    def called_methods(self) -> Iterator[tuple[int, str]]:
        """(line, name) of every call of the form `something.name(…)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.lineno, node.func.attr


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def modules(*packages: str) -> list[Module]:
    """The Python files of the given top-level packages (all by default), migrations left out."""
    found = [path for package in packages or PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [Module(path) for path in [*found, ROOT / "manage.py"] if "migrations" not in path.parts]


def rooms(*names: str) -> list[Module]:
    """The modules of all apps that live in one of these rooms."""
    return [module for module in modules("apps") if module.room in names]


@cache
def tracked() -> list[Path]:
    """Every file that belongs to the project: what git tracks, and what it would."""
    listed = subprocess.run(_LISTED, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file()]


def readable() -> Iterator[tuple[str, str]]:
    """(name, text) of every text file that belongs to the project."""
    for path in tracked():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def pyproject() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def storeys() -> list[frozenset[str]]:
    """The apps of each storey, lowest first, as the import contract lists them."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [frozenset(name.strip(" ()") for name in layer.split("|")) for layer in reversed(layers)]


def storey_of(app: str) -> int:
    """The height of an app's storey, 0 at the bottom; StopIteration for an app that is not listed."""
    return next(height for height, apps in enumerate(storeys()) if app in apps)


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment to its end, its output kept together."""
    program = str(Path(sys.executable).parent / command[0])
    return subprocess.run(
        [program, *command[1:]], cwd=cwd, env=env, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip

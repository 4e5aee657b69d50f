"""The Dockerfile: pinned, locked, without root, and fit to build what it says; no engine is at hand to build it."""

import os
import re
import subprocess
import sys

import pytest

from tests.architecture import source

_TEXT = (source.ROOT / "Dockerfile").read_text(encoding="utf-8")
# One instruction a line, its continuations joined, comments left out.
LINES = [
    line for line in re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", _TEXT, flags=re.MULTILINE)).splitlines() if line
]


def instructions(kind: str) -> list[str]:
    """What stands after every instruction of a kind."""
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{kind} ")]


def test_only_known_instructions_are_used() -> None:
    known = {"FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "CMD"}
    assert {line.split(" ")[0] for line in LINES} <= known  # ADD would fetch what no hash holds


def test_the_base_is_pinned_to_a_patch_release_and_a_distribution() -> None:
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in instructions("FROM"))


def test_packages_are_installed_by_their_hashes_and_those_of_production_alone() -> None:
    (install,) = [step for step in instructions("RUN") if "pip install" in step]
    assert "--require-hashes -r requirements.txt" in install
    assert "--no-cache-dir" in install
    assert set(re.findall(r"requirements[\w-]*\.txt", _TEXT)) == {"requirements.txt"}
    assert "COE_BOOTSTRAP=off" in _TEXT


def test_system_packages_leave_no_lists_behind_and_bring_no_others() -> None:
    (step,) = [step for step in instructions("RUN") if "apt-get" in step]
    installs = re.findall(r"apt-get install [^&]+", step)
    assert all("--no-install-recommends" in install for install in installs)
    assert step.endswith("rm -rf /var/lib/apt/lists/*")


def test_the_dump_is_of_the_servers_version() -> None:
    compose = (source.ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"postgresql-client-(\d+)", _TEXT)) == set(re.findall(r"pgvector:[\d.]+-pg(\d+)", compose))


def test_it_ends_as_a_user_with_a_number_and_no_rights() -> None:
    last = max(index for index, line in enumerate(LINES) if line.startswith("USER "))
    assert LINES[last] == "USER portal"
    assert not [line for line in LINES[last:] if line.startswith(("RUN", "COPY"))]
    assert any("useradd" in step and "--uid 10001" in step for step in instructions("RUN"))


def test_what_is_copied_exists_and_is_no_whole_checkout() -> None:
    copied = [name for step in instructions("COPY") for name in step.split()[:-1]]
    assert "." not in copied
    assert all((source.ROOT / name).exists() for name in copied)


def test_no_secret_stays_in_the_image() -> None:
    kept = " ".join(instructions("ENV"))
    assert not re.search("SECRET|KEY|PASSWORD|TOKEN|PEPPER", kept)
    ignored = (source.ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env*", ".git", ".coe"} <= set(ignored)


@pytest.mark.parametrize("command", ["collectstatic"])
def test_the_values_given_for_a_step_are_all_that_its_settings_ask_for(command: str) -> None:
    (step,) = [step for step in instructions("RUN") if command in step]
    given = dict(word.split("=", 1) for word in step.split() if re.match(r"[A-Z_]+=", word))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COE_", "SECRET", "DATABASE"))}
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=source.ROOT, env={**kept, **given}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

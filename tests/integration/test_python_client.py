"""The client example of the how-to works: generated from the live document, run by a Python of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person
from tests.integration.calls import Caller

EXAMPLE = settings.BASE_DIR / "docs" / "how-to" / "python_client.py"
GENERATOR = Path(sys.executable).with_name("openapi-python-client")


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder with the client generated from the document, for the example to import."""
    document, config, package = (tmp_path / name for name in ("schema.json", "config.json", "coe_portal_client"))
    document.write_bytes(Caller(person()).client.get("/api/schema/").content)
    # Its tidying up afterwards would need a formatter; nobody reads what it writes here.
    config.write_text(json.dumps({"post_hooks": []}))
    command: list[Any] = [GENERATOR, "generate", "--path", document, "--config", config, "--meta", "none"]
    command += ["--output-path", package, "--fail-on-warning"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_example_lists_cases_and_registers_one(live_server: Any, workshop: Path) -> None:
    owner = person(Role.BUSINESS_OWNER)
    cases.case(title="Answer letters")
    _, token = accounts.issue_token(owner=owner, name="Example", scopes=["use-cases:read", "use-cases:write"], by=owner)
    env = {"PATH": os.environ["PATH"], "PORTAL": live_server.url, "TOKEN": token, "PYTHONPATH": str(workshop)}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "Operations"],
        env=env, cwd=workshop, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = UseCase.objects.get(title="Sort and pay incoming invoices")
    assert done.stdout.splitlines() == ["Answer letters", f"{made.ref} {made.title}"]
    assert (made.owner, made.version) == (owner, 2)

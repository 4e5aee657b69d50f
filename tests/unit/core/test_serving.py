"""What the site refuses before it serves, and whose address it believes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def loaded(module: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Import `module` in a process of its own with just these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COE_", "SECRET_KEY"))}
    return subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip


_DEV = {"DJANGO_SETTINGS_MODULE": "coe_portal.settings.dev"}


def test_the_published_key_serves_nobody() -> None:
    refused = loaded("coe_portal.wsgi", **_DEV)
    assert refused.returncode != 0
    assert "Set SECRET_KEY" in refused.stderr
    assert loaded("coe_portal.settings.dev", **_DEV).returncode == 0


def test_a_fault_in_the_permitted_addresses_stops_the_start_and_is_named() -> None:
    refused = loaded("coe_portal.settings.dev", COE_EGRESS_ALLOWED="https://models.example.org/v1")
    assert "ImproperlyConfigured: COE_EGRESS_ALLOWED: https://models.example.org/v1: write" in refused.stderr


@pytest.mark.parametrize("variables", [{}, {"COE_EGRESS_ALLOWED": ""}])
def test_a_production_site_calls_nowhere_until_told(variables: dict[str, str]) -> None:
    needed = {"SECRET_KEY": "x", "COE_ALLOWED_HOSTS": "x", "DATABASE_URL": "postgresql://x/x"}
    needed["COE_TOKEN_PEPPERS"] = "first:" + "x" * 32
    check = "coe_portal.settings.prod as p; assert p.EGRESS_ALLOWED == [], p.EGRESS_ALLOWED"
    done = loaded(check, CELERY_BROKER_URL="redis://x", **needed, **variables)
    assert done.returncode == 0, done.stderr


def test_set_but_empty_means_nowhere_in_development_too() -> None:
    check = "coe_portal.settings.dev as p; assert p.EGRESS_ALLOWED == [], p.EGRESS_ALLOWED"
    assert loaded(check, COE_EGRESS_ALLOWED="").returncode == 0


def test_a_caller_cannot_choose_the_address_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from coe_portal.wsgi import caller_address  # loads the site

    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 192.0.2.1,198.51.100.1"}
    assert caller_address(environ, proxies=0) == "10.0.0.1"
    assert caller_address(environ, proxies=1) == "198.51.100.1"
    assert caller_address(environ, proxies=2) == "192.0.2.1"
    assert caller_address({"REMOTE_ADDR": "10.0.0.1"}, proxies=1) == "10.0.0.1"

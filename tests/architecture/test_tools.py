"""The tools that read the code agree with it: ruff, mypy, and Django's own checks."""

import os

from tests.architecture import source

_PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "coe_portal.settings.prod",
    "SECRET_KEY": "".join(chr(33 + number * 7 % 90) for number in range(64)),
    "COE_ALLOWED_HOSTS": "portal.example.org",
    "DATABASE_URL": "postgresql://portal@127.0.0.1:5432/portal",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "COE_TOKEN_PEPPERS": "first:" + "pepper" * 8,
    "COE_SITE_URL": "https://portal.example.org",
}


def test_ruff_has_nothing_to_say() -> None:
    done = source.run("ruff", "check", "--no-fix", "--output-format", "concise", ".")
    assert done.returncode == 0, done.stdout


def test_the_code_is_formatted() -> None:
    done = source.run("ruff", "format", "--check", ".")
    assert done.returncode == 0, [line.strip() for line in done.stdout.splitlines() if "-->" in line]


def test_every_signature_is_typed() -> None:
    done = source.run("mypy", "--no-error-summary")
    assert done.returncode == 0, done.stdout


def test_django_finds_nothing_wrong() -> None:
    done = source.run("python", "manage.py", "check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stdout


def test_the_production_settings_are_fit_to_deploy() -> None:
    done = source.run(
        "python", "manage.py", "check", "--deploy", "--fail-level", "WARNING", env={**os.environ, **_PRODUCTION}
    )
    assert done.returncode == 0, done.stdout


def test_production_refuses_to_start_without_its_secrets() -> None:
    env = {name: value for name, value in {**os.environ, **_PRODUCTION}.items() if name != "SECRET_KEY"}
    done = source.run("python", "manage.py", "check", env=env)
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stdout

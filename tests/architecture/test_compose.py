"""The compose file fits the code: its services, queues, settings and commands exist."""

import importlib.util
import re
from typing import Any

import pytest
import yaml

from tests.architecture import source
from worker.queues import QUEUES

_TEXT = (source.ROOT / "compose.yaml").read_text(encoding="utf-8")
_FILE: dict[str, Any] = yaml.safe_load(_TEXT)
SERVICES: dict[str, dict[str, Any]] = _FILE["services"]
_DOCKERFILE = (source.ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_site_has_its_seven_services() -> None:
    assert set(SERVICES) == {"web", "worker-cpu", "worker-gpu", "beat", "migrate", "postgres", "valkey"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_services_that_exist(name: str) -> None:
    assert SERVICES[name].get("depends_on", {}).keys() <= SERVICES.keys()


@pytest.mark.parametrize("name", ["web", "worker-cpu", "worker-gpu", "beat"])
def test_nothing_runs_before_the_database_is_migrated(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_queue_has_a_worker_and_beat_is_alone() -> None:
    commands = [service.get("command", []) for service in SERVICES.values()]
    served = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    assert sorted(served) == sorted(queue.name for queue in QUEUES)
    assert sum("beat" in command for command in commands) == 1


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_command_runs_what_exists(name: str) -> None:
    for word in SERVICES[name].get("command", []):
        if module := re.fullmatch(r"((?:coe_portal|worker)\.[\w.]+)(:\w+)?", word):
            assert importlib.util.find_spec(module.group(1))
        if word.endswith(".py"):
            assert (source.ROOT / word).is_file()


def test_an_image_that_is_not_ours_is_pinned_to_a_version() -> None:
    images = [service["image"] for service in SERVICES.values()]
    assert all(re.search(r":\d", image) for image in images), images


def test_a_volume_that_is_mounted_is_declared() -> None:
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounted == _FILE["volumes"].keys()


def test_every_variable_is_explained_in_the_example() -> None:
    example = (source.ROOT / ".env.example").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{(\w+)", _TEXT))
    assert wanted == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_database_sorts_text_as_the_embedded_one_does() -> None:
    asked = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    embedded = source.Module(source.ROOT / "coe_portal" / "local" / "postgres.py").text
    assert all(f'"{option}"' in embedded for option in asked)


def test_the_image_holds_production_requirements_alone() -> None:
    assert set(re.findall(r"requirements[\w-]*\.txt", _DOCKERFILE)) == {"requirements.txt"}
    assert "COE_BOOTSTRAP=off" in _DOCKERFILE
    copied = re.findall(r"^COPY (\S+) ", _DOCKERFILE, re.MULTILINE)
    assert all((source.ROOT / name).exists() for name in copied)

"""The compose files fit the code: their services, queues, settings and commands exist."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture import source
from worker.queues import QUEUES

_TEXT = (source.ROOT / "compose.yaml").read_text(encoding="utf-8")
_FILE: dict[str, Any] = yaml.safe_load(_TEXT)
SERVICES: dict[str, dict[str, Any]] = _FILE["services"]
_RABBIT_TEXT = (source.ROOT / "compose.rabbitmq.yaml").read_text(encoding="utf-8")
_RABBIT: dict[str, Any] = yaml.safe_load(_RABBIT_TEXT)
_EXAMPLE = (source.ROOT / ".env.example").read_text(encoding="utf-8")
OURS = ("web", "worker-cpu", "worker-gpu", "worker-gpu-without-device", "beat", "migrate")
SERVERS = ("postgres", "valkey", "cache")
_PROFILES = ("gpu", "no-gpu")


def test_the_site_has_its_services() -> None:
    assert set(SERVICES) == {*OURS, *SERVERS}


@pytest.mark.parametrize("file", ["compose.yaml", "compose.rabbitmq.yaml"])
def test_a_file_is_as_the_compose_specification_has_it(file: str) -> None:
    done = source.run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)
    assert done.returncode == 0, done.stdout


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    spoilt = tmp_path / "compose.yaml"
    spoilt.write_text(_TEXT.replace("healthcheck:", "helthcheck:", 1))
    done = source.run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(spoilt))
    assert done.returncode != 0


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_services_that_exist(name: str) -> None:
    assert SERVICES[name].get("depends_on", {}).keys() <= SERVICES.keys()


@pytest.mark.parametrize("name", [name for name in OURS if name != "migrate"])
def test_nothing_runs_before_the_database_is_migrated(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("profile", _PROFILES)
def test_every_queue_has_one_worker_service_whichever_profile_runs(profile: str) -> None:
    running = [service for service in SERVICES.values() if profile in service.get("profiles", [profile])]
    commands = [service.get("command", []) for service in running]
    served = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    assert sorted(served) == sorted(queue.name for queue in QUEUES)


def test_beat_is_alone() -> None:
    assert sum("beat" in service.get("command", []) for service in SERVICES.values()) == 1
    assert SERVICES["beat"]["deploy"]["replicas"] == 1


def test_the_profiles_are_those_that_the_example_offers() -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    assert profiles == set(_PROFILES)
    assert re.findall(r"^COMPOSE_PROFILES=(\S+)$", _EXAMPLE, re.MULTILINE) == ["no-gpu"]


def test_the_worker_of_the_gpu_queue_reserves_a_device() -> None:
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_a_service_that_stays_is_watched_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", OURS)
def test_our_own_processes_cannot_write_to_their_image_or_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"][0] == "/tmp"  # noqa: S108 the container's own
    assert "privileged" not in service


def test_nobody_outside_reaches_database_broker_or_cache() -> None:
    assert _FILE["networks"]["data"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["data"] and "ports" not in SERVICES[name] for name in SERVERS)
    assert _RABBIT["services"]["rabbitmq"]["networks"] == ["data"]
    assert all(port.startswith("127.0.0.1:") for service in SERVICES.values() for port in service.get("ports", []))


def test_a_worker_gets_time_to_hand_its_job_back() -> None:
    assert all(SERVICES[name]["stop_grace_period"] == "60s" for name in OURS if name.startswith("worker"))


def test_the_broker_forgets_nothing_and_the_cache_is_another_server() -> None:
    environment = SERVICES["web"]["environment"]
    assert "noeviction" in SERVICES["valkey"]["command"]
    assert "allkeys-lru" in SERVICES["cache"]["command"]
    assert environment["COE_CACHE_URL"] != environment["CELERY_BROKER_URL"]


def test_no_secret_stands_in_a_file() -> None:
    named = re.findall(r"^\s+(\w*(?:PASS|SECRET|TOKEN|KEY)\w*): (?!\*)(.+)$", _TEXT + _RABBIT_TEXT, re.MULTILINE)
    assert named
    assert all(re.fullmatch(r"\$\{\w+:[-?][^}]*\}", value) for _, value in named), named
    values = dict(re.findall(r"^(\w*(?:PASS|SECRET|TOKEN|KEY)\w*)=(.*)$", _EXAMPLE, re.MULTILINE))
    assert values
    assert not any(values.values()), values


def test_several_web_processes_answer_for_all_of_them_when_asked_for_figures() -> None:
    web = SERVICES["web"]
    assert int(web["command"][web["command"].index("--workers") + 1]) > 1
    folders = [mount.partition(":")[0] for mount in web["tmpfs"]]
    assert web["environment"]["PROMETHEUS_MULTIPROC_DIR"] in folders
    others = [name for name in OURS if "PROMETHEUS_MULTIPROC_DIR" in SERVICES[name]["environment"]]
    assert others == ["web"]


def test_a_migration_that_waits_or_runs_long_stops() -> None:
    """The options of the service, as PostgreSQL hears them from a process of ours."""
    options = SERVICES["migrate"]["environment"]["PGOPTIONS"]
    code = (
        "import django; django.setup()\nfrom django.db import connection as c\n"
        "with c.cursor() as q:\n    for name in ('lock_timeout', 'statement_timeout'):\n"
        "        q.execute('SHOW ' + name); print(name, q.fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source.ROOT, env={**os.environ, "PGOPTIONS": options},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["lock_timeout 2s", "statement_timeout 5s"], done.stderr


def test_with_rabbitmq_every_process_of_ours_uses_it() -> None:
    override = _RABBIT["services"]
    assert set(override) == {*OURS, "rabbitmq"}
    assert all(override[name]["environment"]["CELERY_BROKER_URL"].startswith("amqp://") for name in OURS)
    waiting = [name for name in OURS if "rabbitmq" in override[name].get("depends_on", {})]
    assert set(waiting) == set(OURS) - {"migrate"}
    assert override["rabbitmq"]["volumes"] == ["rabbitmq:/var/lib/rabbitmq"]
    assert set(_RABBIT["volumes"]) == {"rabbitmq"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_command_runs_what_exists(name: str) -> None:
    for word in SERVICES[name].get("command", []):
        if module := re.fullmatch(r"((?:coe_portal|worker)\.[\w.]+)(:\w+)?", word):
            assert importlib.util.find_spec(module.group(1))
        if word.endswith(".py"):
            assert (source.ROOT / word).is_file()


def test_an_image_that_is_not_ours_is_pinned_to_a_version() -> None:
    images = [service["image"] for service in [*SERVICES.values(), _RABBIT["services"]["rabbitmq"]]]
    assert all(re.search(r":\d", image) for image in images), images


def test_a_volume_that_is_mounted_is_declared() -> None:
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounted == _FILE["volumes"].keys()


def test_every_variable_is_explained_in_the_example() -> None:
    wanted = {"COMPOSE_PROFILES", *re.findall(r"\$\{(\w+)", _TEXT + _RABBIT_TEXT)}
    assert wanted == set(re.findall(r"^(\w+)=", _EXAMPLE, re.MULTILINE))


def test_the_database_sorts_text_as_the_embedded_one_does() -> None:
    asked = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    embedded = source.Module(source.ROOT / "coe_portal" / "local" / "postgres.py").text
    assert all(f'"{option}"' in embedded for option in asked)


def test_the_database_plans_as_the_embedded_one_does() -> None:
    given = SERVICES["postgres"]["command"]
    settings = [value for flag, value in zip(given[1::2], given[2::2], strict=True) if flag == "-c"]
    assert {setting.partition("=")[0] for setting in settings} == {
        "jit", "random_page_cost", "work_mem", "shared_buffers",
    }  # fmt: skip
    embedded = source.Module(source.ROOT / "coe_portal" / "local" / "postgres.py").text
    assert all(f'"{setting}"' in embedded for setting in settings)

"""What a site with production settings answers: cookies, headers, HTTPS, probes, and a cache it can lose."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from coe_portal.bootstrap import ROOT
from coe_portal.local.ports import free_port

_ASK = """
import django, json
django.setup()
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings
static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with override_settings(STORAGES=static):
    client = Client(SERVER_NAME="portal.example.org")
    page = client.get("/accounts/login/", secure=True)
    plain = client.get("/accounts/login/")
    probe = client.get("/healthz", headers={"Host": "10.0.0.9"})
    metrics = client.get("/metrics", headers={"Host": "10.0.0.9"})
    token = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-this-test"})
cache.set("k", {"a": [1, 2]}, 60)
print(json.dumps({
    "page": [page.status_code, dict(page.headers)], "plain": [plain.status_code, dict(plain.headers)],
    "cookies": [morsel.OutputString() for morsel in page.cookies.values()],
    "probe": [probe.status_code, {}], "metrics": [metrics.status_code, {}], "token": [token.status_code, {}],
    "cache": [cache.get("k"), cache.get("none", 7), cache.add("k", 1), cache.get_many(["k"]), cache.delete("none")],
}))
"""


@cache
def answers(cache_url: str = "") -> dict[str, Any]:
    """What such a site answers, asked in a process of its own."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COE_")},
        "DJANGO_SETTINGS_MODULE": "coe_portal.settings.prod", "SECRET_KEY": "a-key-for-this-test-alone-" * 3,
        "COE_ALLOWED_HOSTS": "portal.example.org", "COE_SITE_URL": "https://portal.example.org",
        "COE_TOKEN_PEPPERS": "first:" + "pepper" * 8, "COE_METRICS_TOKEN": "a-token-for-this-test",
        "COE_CACHE_URL": cache_url,
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-c", _ASK]  # nothing was collected into `staticfiles` here
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "a-token-for-this-test" not in done.stderr
    for line in done.stderr.splitlines():
        assert json.loads(line)["event"], line
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_cookie_belongs_to_this_host_alone() -> None:
    cookies = answers()["cookies"]
    assert cookies
    for cookie in cookies:
        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-")
        assert {"Secure", "Path=/"} <= set(attributes)
        assert not any(attribute.startswith("Domain") for attribute in attributes)


def test_a_page_tells_the_browser_what_to_refuse() -> None:
    status, headers = answers()["page"]
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["report-uri"] == "/csp-report"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_plain_http_leads_to_https_but_for_probes() -> None:
    found = answers()
    status, headers = found["plain"]
    assert (status, headers["Location"]) == (301, "https://portal.example.org/accounts/login/")
    assert found["probe"][0] == 200


def test_figures_are_for_the_token_alone() -> None:
    found = answers()
    assert (found["metrics"][0], found["token"][0]) == (404, 200)


def test_a_lost_cache_is_an_empty_one() -> None:
    found = answers(f"redis://127.0.0.1:{free_port()}/0")
    assert found["cache"] == [None, 7, True, {}, False]
    assert found["page"][0] == 200


@pytest.mark.parametrize("database", ["9"])
def test_a_shared_cache_keeps_plain_values(database: str) -> None:
    found = answers(os.environ["CELERY_BROKER_URL"].removesuffix("0") + database)
    assert found["cache"] == [{"a": [1, 2]}, 7, False, {"k": {"a": [1, 2]}}, False]

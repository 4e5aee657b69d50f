"""The OpenAPI document: valid, complete, and true about what is answered."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]  # it has no types
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from apps.accounts.models import Role
from coe_portal import api
from tests.factories import cases, shelves
from tests.factories.people import person
from tests.integration.calls import MEDIA_TYPE, Caller
from tests.integration.test_api_bad_input import CODES
from tests.integration.test_api_reading import LISTS, claim, run

pytestmark = pytest.mark.django_db
_SAMPLES = {"slug": "none", "str": "none", "int": "1", "uuid": "00000000-0000-0000-0000-000000000000"}


@pytest.fixture
def document() -> dict[str, Any]:
    """The document as callers get it."""
    answer = Caller(person()).client.get("/api/schema/", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of every operation."""
    return [(method, path, found) for path, methods in document["paths"].items() for method, found in methods.items()]


def paths(patterns: Sequence[URLPattern | URLResolver], prefix: str) -> list[str]:
    """Every address below `patterns`, as the document writes addresses."""
    found: list[str] = []
    for entry in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
        found += paths(entry.url_patterns, path) if isinstance(entry, URLResolver) else [path]
    return found


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_drf_spectacular_warns_of_nothing() -> None:
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    assert sorted(document["paths"]) == sorted(paths(api.v1, "/api/v1/"))


def test_every_operation_is_named_tagged_described_and_says_how_it_refuses(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["description"], where
        assert set(operation["tags"]) <= tags, where
        refusals = {code: found for code, found in operation["responses"].items() if code >= "400"}
        assert {"400", "401", "429"} <= refusals.keys(), where
        assert "404" in refusals or "{" not in path, where
        assert {"422", "413"} <= refusals.keys() or "requestBody" not in operation, where
        assert {"403", "415"} <= refusals.keys() or method == "get", where
        assert all(list(found["content"]) == [MEDIA_TYPE] for found in refusals.values()), where
        assert all(found["description"] for found in refusals.values()), where


def test_every_address_asks_who_is_calling(client: Client) -> None:
    walked = paths(api.v1, "/api/v1/")
    assert len(walked) > 30
    for path in [*walked, "/api/v1/", "/api/schema/"]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            filled = re.sub(r"\{(\w+)\}", lambda place: _filled(place.group(1)), path)
            response = client.generic(method, filled)
            assert (response.status_code, response["Content-Type"]) == (401, MEDIA_TYPE), f"{method} {filled}"


def _filled(name: str) -> str:
    kind = "uuid" if name.endswith("_id") else "int" if name in ("number", "sequence") else "str"
    return _SAMPLES[kind]


def test_the_docs_page_is_for_signed_in_people_and_calls_no_other_host(client: Client) -> None:
    assert client.get("/api/docs/").status_code == 302
    client.force_login(person())
    page = client.get("/api/docs/")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href|data-schema)="([^"]+)"', page.content.decode())
    assert "/api/schema/" in sources
    assert all(source.startswith(("/", "#")) for source in sources), sources


def test_answers_keep_to_the_document(document: dict[str, Any]) -> None:
    case, started = cases.case(sponsor=person()), run()
    claim(case)
    caller = Caller(person(Role.AUDITOR))
    owner = Caller(case.owner)
    review = owner.post(f"use-cases/{case.ref}/submit/")
    slug = shelves.prompt().prompt.slug
    seen = [*LISTS, "me/", f"use-cases/{case.ref}/", f"evaluation-runs/{started.pk}/", f"jobs/{started.job_id}/"]
    seen += [f"reviews/{review['id']}/", f"prompts/{slug}/", f"prompts/{slug}/versions/1/", "search/?q=invoices"]
    for path in seen:
        found = caller.get(path)
        check(document, path, found)
        assert found.get("count") != 0, path


def check(document: dict[str, Any], path: str, answer: Any) -> None:
    """Compare an answer with the schema of the operation it came from."""
    asked = f"/api/v1/{path.partition('?')[0]}"
    template = min(
        (found for found in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", found), asked)), key=len
    )
    schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    OAS31Validator({**schema, "components": document["components"]}).validate(answer)


def test_every_body_and_answer_has_an_example_that_fits_its_shape(document: dict[str, Any]) -> None:
    count = 0
    for method, path, operation in operations(document):
        told = [(status, answer) for status, answer in operation["responses"].items() if status not in ("304", "204")]
        for what, message in [*told, ("body", operation.get("requestBody", {}))]:
            for kind, media in message.get("content", {}).items():
                where = f"{what} of {method} {path} as {kind}"
                assert media.get("example"), f"Give its serializer an `example`: {where}"
                try:
                    OAS31Validator({**media["schema"], "components": document["components"]}).validate(media["example"])
                except ValidationError as error:
                    pytest.fail(f"{where}: {error.message} at {error.json_path}")
                count += 1
    print(f"{count} examples")
    assert count > 300


def test_callers_show_who_they_are_by_session_or_by_token(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["cookieAuth"]["in"] == "cookie"
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    for method, path, operation in operations(document):
        assert {"token", "cookieAuth"} <= {name for way in operation["security"] for name in way}, (method, path)


def test_names_of_operations_are_given_and_not_derived(document: dict[str, Any]) -> None:
    """A derived name would change with the address, and with it every generated client."""
    derived = [operation["operationId"] for *_, operation in operations(document) if "_" in operation["operationId"]]
    assert not derived


def test_every_code_of_a_refusal_is_in_the_how_to(document: dict[str, Any]) -> None:
    page = (settings.BASE_DIR / "docs" / "how-to" / "use-the-api.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z-]+)`", page.partition("## Refusals")[2]))
    shown = {
        answer["content"][MEDIA_TYPE]["example"]["code"]
        for *_, operation in operations(document)
        for answer in operation["responses"].values()
        if MEDIA_TYPE in answer.get("content", {})
    }
    assert shown <= told, shown - told
    assert told >= CODES, CODES - told

"""Lines of logs: ids, no secret, no local variable."""

import json
import logging
import sys
from typing import Any

import pytest
import structlog

from coe_portal.operations import logs

SECRET = 'correct"horse\\battery'


def written(form: str, record: logging.LogRecord, **environment: str) -> str:
    """The line that a record becomes."""
    line = dict(logs.configuration(form)["formatters"]["line"])
    line.pop("()")
    line["processors"] = [*line["processors"][:-1], logs.Scrubber(environment)]
    return structlog.stdlib.ProcessorFormatter(**line).format(record)


def record(message: Any, *args: Any, exc_info: Any = None) -> logging.LogRecord:
    """A line as any library logs it."""
    return logging.LogRecord("some.library", logging.WARNING, __file__, 1, message, args, exc_info)


@pytest.fixture(autouse=True)
def _nothing_bound() -> None:
    """What a message bound stays bound in its process until the next."""
    structlog.contextvars.clear_contextvars()


def test_a_line_of_any_library_is_json_with_the_ids_of_its_request() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        line = json.loads(written("json", record("disk %s", "full")))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "disk full", "request_id": "r-1", "level": "warning", "logger": "some.library"}


@pytest.mark.parametrize("form", logs.FORMATS)
def test_a_traceback_shows_no_local_variable(form: str) -> None:
    hidden = "what a person sent"
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        line = written(form, record("failed", exc_info=sys.exc_info()))
    assert "RuntimeError: broken" in line
    assert hidden not in line


@pytest.mark.parametrize("form", logs.FORMATS)
@pytest.mark.parametrize("name", ["SECRET_KEY", "COE_ENDPOINT_KEY_EXAMPLE", "COE_METRICS_TOKEN", "POSTGRES_PASSWORD"])
def test_a_secret_of_this_process_never_reaches_a_line(form: str, name: str) -> None:
    try:
        raise RuntimeError(SECRET)
    except RuntimeError:
        line = written(form, record("the key was %s", SECRET, exc_info=sys.exc_info()), **{name: SECRET})
    assert "horse" not in line
    assert logs.HIDDEN in line


def test_each_of_several_keys_is_covered() -> None:
    line = written("json", record("tried second-secret"), SECRET_KEY_FALLBACKS="first-secret,second-secret")
    assert "second-secret" not in line


def test_the_value_behind_an_id_and_the_password_of_an_address_are_covered() -> None:
    ring, address = "new:first-secret,old:second-secret", "smtps://robot:third-secret@mail.example.org"
    told = record("tried second-secret, then third-secret")
    line = written("json", told, COE_TOKEN_PEPPERS=ring, COE_MAIL_URL=address)
    assert "second-secret" not in line
    assert "third-secret" not in line


def test_a_short_value_is_no_secret_since_it_stands_in_common_words() -> None:
    assert "on top" in written("json", record("on top"), SOME_TOKEN="on")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh12345678",
        "authorization: basic YWxpY2U6c2VjcmV0",
        "coe_a1b2c3d4.abcdefgh12345678",
        "postgresql://portal:abcdefgh12345678@db/portal",
        "redis://:abcdefgh12345678@valkey:6379/0",
    ],
)
def test_what_looks_like_a_credential_is_covered(text: str) -> None:
    line = written("json", record(text))
    assert "abcdefgh12345678" not in line
    assert "YWxpY2U6c2VjcmV0" not in line


def test_a_value_whose_name_speaks_of_a_secret_is_covered_at_any_depth() -> None:
    event = {"password": "a", "headers": {"Cookie": "b", "Host": "c"}, "tokens": ["d"], "ms": 3, "token": 7}
    assert logs.hide_secrets(None, "info", event) == {
        "password": logs.HIDDEN,
        "headers": {"Cookie": logs.HIDDEN, "Host": "c"},
        "tokens": [logs.HIDDEN],
        "ms": 3,
        "token": 7,
    }


def test_an_address_is_left_readable() -> None:
    assert "https://portal.example.org:8000/x@y" in written("json", record("at https://portal.example.org:8000/x@y"))


def test_an_unknown_form_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="must be json or console, not 'xml'"):
        logs.configuration("xml")

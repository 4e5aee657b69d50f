"""How processes log: one line an event, as JSON or for a console, with the ids of the request or job it belongs to."""

import json
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from structlog.typing import EventDict, Processor

FORMATS = ("json", "console")
HIDDEN = "[redacted]"
_SECRET_NAME = re.compile(
    r"passw(or)?d|secret|token|authorization|cookie|credential|api_?key|endpoint_key|pepper|csrf|session_?key", re.I
)
# What looks like a credential wherever it stands: headers, our own tokens, passwords inside addresses.
_SECRET_TEXT = (
    (re.compile(r"\b(bearer|basic)\s+[\w+/.~=-]{8,}", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"\bcoe_(?!portal\b)\w{4,}\.[\w-]{16,}"), f"coe_{HIDDEN}"),
    (re.compile(r"(://[^/\s:@\"]*:)[^@\s/\"]+@"), rf"\1{HIDDEN}@"),
)
_SHORTEST_SECRET = 8

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def configuration(form: str) -> dict[str, Any]:
    """Django's LOGGING: everything to the error stream, a line an event, `form` json or console; raises ValueError.

    Tracebacks never show local variables, which hold what people sent.
    """
    if form not in FORMATS:
        raise ValueError(f"must be {' or '.join(FORMATS)}, not {form!r}")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *(_json() if form == "json" else _console()),
                    Scrubber(os.environ),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        # Our own line tells of every request; theirs would repeat the address with what people searched for.
        "loggers": {
            "django.server": {"level": "WARNING"},
            "granian.access": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
        },
    }


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _console() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [hide_secrets, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=plain)]


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Cover the values whose names speak of secrets, inside mappings too; the second line after not logging them."""
    for name, value in list(event.items()):
        event[name] = _hidden(name, value)
    return event


def _hidden(name: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {inner: _hidden(inner, kept) for inner, kept in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(name, kept) for kept in value]
    return HIDDEN if isinstance(value, str | bytes) and value and _SECRET_NAME.search(str(name)) else value


class Scrubber:
    """The last step: covers, in the finished line, this process's own secrets and what looks like a credential."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        spellings = sorted({spelt for secret in _secrets(environment) for spelt in _spellings(secret)}, key=len)
        self._known = re.compile("|".join(re.escape(text) for text in reversed(spellings))) if spellings else None

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        """The line without them."""
        text = self._known.sub(HIDDEN, str(line)) if self._known else str(line)
        for pattern, instead in _SECRET_TEXT:
            text = pattern.sub(instead, text)
        return text


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    """The values of variables that hold secrets: whole, by commas, without an id in front; and addresses' passwords."""
    for name, value in environment.items():
        found: list[str] = []
        if _SECRET_NAME.search(name) or "_KEY" in name:
            found = [value, *(text for part in value.split(",") for text in (part, part.partition(":")[2]))]
        elif name.endswith("_URL"):
            found = [_password(value)]
        yield from (text for text in found if len(text.strip()) >= _SHORTEST_SECRET)


def _password(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def _spellings(secret: str) -> set[str]:
    return {secret.strip(), json.dumps(secret.strip())[1:-1], json.dumps(secret.strip(), ensure_ascii=False)[1:-1]}


def bound() -> MutableMapping[str, Any]:
    """The ids that lines of this request or job carry now."""
    return structlog.contextvars.get_contextvars()

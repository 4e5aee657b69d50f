"""Secrets that are known by sight, planted wherever secrets live, and a net for every place where one could surface.

To watch over a further secret, plant it with `Canaries.plant`; to watch a further place, `Net.add` what it shows.
"""

import logging
import traceback
import zipfile
from dataclasses import dataclass, field
from io import BytesIO

from django.apps import apps
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from apps.core.text import clean_text


@dataclass
class Canaries:
    """What must never be seen, by where it was planted."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str) -> str:
        """A secret of this name, to be put where such secrets live."""
        self.planted[name] = f"canary-{name}-9f3Kd72Lq0"
        return self.planted[name]


@dataclass
class Net:
    """Everything that anybody could read, by where it was read; `traces` takes the spans."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    traces: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def add(self, place: str, text: str | bytes) -> None:
        """One thing read; a workbook is unpacked first."""
        if isinstance(text, bytes) and text.startswith(b"PK"):
            with zipfile.ZipFile(BytesIO(text)) as book:
                text = b"\n".join(book.read(name) for name in book.namelist())
        self.seen.append((place, text if isinstance(text, str) else text.decode("utf-8", "replace")))

    def add_error(self, error: BaseException) -> None:
        """An error as people and logs see it: its words, and its traceback with the causes that are shown."""
        self.add(f"error {type(error).__name__}", f"{error!s} {error!r}")
        self.add("traceback", "".join(traceback.format_exception(error)))

    def add_logs(self, records: list[logging.LogRecord]) -> None:
        """Log records with all they carry."""
        for record in records:
            self.add(f"log {record.name}", f"{record.getMessage()} {record.__dict__} {record.exc_text}")

    def add_traces(self) -> None:
        """Every span that has ended, with all it carries."""
        for span in self.traces.get_finished_spans():
            self.add(f"span {span.name}", span.to_json())

    def add_database(self) -> None:
        """Every stored value of every table, as text."""
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                for row in model._default_manager.values_list():
                    self.add(f"table {model._meta.db_table}", clean_text(str(row)))

    def surfaced(self, canaries: Canaries) -> list[str]:
        """Where which canary is to be seen."""
        return [
            f"{name} in {place}"
            for place, text in self.seen
            for name, value in canaries.planted.items()
            if value in text
        ]

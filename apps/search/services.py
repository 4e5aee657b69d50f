"""Keeping the index true to what the registered apps hold; every verb is safe to repeat."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils import timezone

from apps.core.hashing import sha256_hex
from apps.core.text import clean_text
from apps.search import embedders, registry
from apps.search.embedders import Embedder
from apps.search.models import SearchDocument
from apps.search.registry import Document, Index

# Two classes of advisory locks that nothing else of the portal uses: a whole kind, and one thing of it.
_KIND_LOCK, _THING_LOCK = 7_203_002, 7_203_003
# PostgreSQL limits the words of one row to 1 MB; the beginning of a longer text says what it is about.
LONGEST_BODY = 50_000
_WRITTEN = [
    "title", "body", "embedding", "embedder", "embedder_revision", "embedder_dim", "content_hash", "updated_at",
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How many rows were written and removed."""

    written: int = 0
    removed: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.written + other.written, self.removed + other.removed)


@transaction.atomic
def index(*, kind: str, id: str) -> Outcome:
    """Bring one thing's row up to date, or remove it when the thing is gone; unchanged text is left alone.

    Raises KeyError for an unregistered kind, EmbeddingError.
    """
    with connection.cursor() as cursor:
        # The thing is read after the lock, so that an older reading never overwrites a newer one.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s)), pg_advisory_xact_lock(%s, hashtext(%s))",
            [_KIND_LOCK, kind, _THING_LOCK, f"{kind}:{id}"],
        )
    return _refresh(registry.of(kind), [id])


def reindex(*, kind: str | None = None, batch: int = 500) -> Outcome:
    """Bring every row of one kind or of all up to date, `batch` things a transaction, and remove what is gone.

    Raises KeyError for an unregistered kind, EmbeddingError.
    """
    if kind is not None:
        return _reindex_kind(registry.of(kind), batch)
    kinds = registry.all_indexes()
    strays, _ = SearchDocument.objects.exclude(kind__in=[each.kind for each in kinds]).delete()
    return sum((_reindex_kind(each, batch) for each in kinds), Outcome(removed=strays))


def _reindex_kind(kind: Index, batch: int) -> Outcome:
    outcome = Outcome()
    for ids in _batches(kind, batch):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_KIND_LOCK, kind.kind])
            outcome += _refresh(kind, ids)
    return outcome


def _batches(kind: Index, size: int) -> Iterator[list[str]]:
    indexed = SearchDocument.objects.filter(kind=kind.kind).values_list("object_id", flat=True)
    ids = list(dict.fromkeys([*(document.id for document in kind.documents(None)), *indexed]))
    for at in range(0, len(ids), size):
        yield ids[at : at + size]


def _refresh(kind: Index, ids: Collection[str]) -> Outcome:
    """Read the things with these ids, write the rows that differ, remove the rows of things that are gone."""
    embedder = embedders.current()
    known = _known_hashes(kind.kind, ids, embedder)
    found = {document.id: _cleaned(document) for document in kind.documents(ids)}
    hashes = {id: sha256_hex([document.ref, document.title, document.body]) for id, document in found.items()}
    changed = [document for id, document in found.items() if known.get(id) != hashes[id]]
    gone = [id for id in ids if id not in found]
    removed = SearchDocument.objects.filter(kind=kind.kind, object_id__in=gone).delete()[0] if gone else 0
    _write(kind.kind, changed, hashes, embedder)
    return Outcome(len(changed), removed)


def _known_hashes(kind: str, ids: Collection[str], embedder: Embedder) -> dict[str, str]:
    rows = SearchDocument.objects.filter(
        kind=kind, object_id__in=ids, embedder=embedder.name, embedder_revision=embedder.revision
    )
    return dict(rows.values_list("object_id", "content_hash"))


def _cleaned(document: Document) -> Document:
    return replace(document, title=clean_text(document.title), body=clean_text(document.body)[:LONGEST_BODY])


def _write(kind: str, documents: list[Document], hashes: dict[str, str], embedder: Embedder) -> None:
    if not documents:
        return
    vectors = embedder.embed([f"{document.title}\n{document.body}" for document in documents])
    rows = [
        SearchDocument(
            kind=kind, object_id=document.id, title=document.heading, body=document.body, embedding=vector,
            embedder=embedder.name, embedder_revision=embedder.revision, embedder_dim=embedder.dim,
            content_hash=hashes[document.id], updated_at=timezone.now(),
        )
        for document, vector in zip(documents, vectors, strict=True)
    ]  # fmt: skip
    SearchDocument.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["kind", "object_id"], update_fields=_WRITTEN
    )

"""The index: one row a searchable thing, with its words and its embedding."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import CombinedSearchVector, SearchConfig, SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value
from pgvector.django import HnswIndex, VectorField

from apps.core.models import BaseModel
from apps.search.embedders import DIMENSIONS


def _alphanumeric(field: str) -> Func:
    """The field's letters and digits alone: the english parser keeps `llama-3.1-70B-instruct` in one piece."""
    return Func(
        F(field), Value("[^[:alnum:]]+"), Value(" "), Value("g"),
        function="regexp_replace", output_field=models.TextField(),
    )  # fmt: skip


Words = SearchVector | CombinedSearchVector


def _both(one: Words, other: Words) -> CombinedSearchVector:
    return CombinedSearchVector(one, "||", other, SearchConfig("english"))


def _words_of(field: str, weight: str) -> CombinedSearchVector:
    return _both(
        SearchVector(field, config="english", weight=weight),
        SearchVector(_alphanumeric(field), config="simple", weight=weight),
    )


class SearchDocument(BaseModel):
    """What search knows of one thing. `embedding` is a unit vector made by `embedder` at `embedder_revision`.

    Vectors of different embedders are never compared. `content_hash` is the SHA-256 of reference, title and body.
    """

    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    title = models.TextField()
    body = models.TextField(blank=True)
    words = models.GeneratedField(
        expression=_both(_words_of("title", "A"), _words_of("body", "B")),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    embedding = VectorField(dimensions=DIMENSIONS)
    embedder = models.CharField(max_length=200)
    embedder_revision = models.CharField(max_length=200)
    embedder_dim = models.PositiveSmallIntegerField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_document_once")]
        indexes = [
            GinIndex(fields=["words"], name="search_document_words"),
            HnswIndex(fields=["embedding"], opclasses=["vector_cosine_ops"], name="search_document_embedding"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id}"

"""The index of what is searchable."""

import uuid

import pgvector.django
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import CombinedSearchVector, SearchConfig, SearchVector, SearchVectorField
from django.db import migrations, models


def _alphanumeric(field):
    return models.Func(
        models.F(field), models.Value("[^[:alnum:]]+"), models.Value(" "), models.Value("g"),
        function="regexp_replace", output_field=models.TextField(),
    )  # fmt: skip


def _both(one, other):
    return CombinedSearchVector(one, "||", other, SearchConfig("english"))


def _words_of(field, weight):
    return _both(
        SearchVector(field, config="english", weight=weight),
        SearchVector(_alphanumeric(field), config="simple", weight=weight),
    )


class Migration(migrations.Migration):
    dependencies = [("search", "0001_enable_vector")]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.CharField(max_length=64)),
                ("title", models.TextField()),
                ("body", models.TextField(blank=True)),
                (
                    "words",
                    models.GeneratedField(
                        db_persist=True,
                        expression=_both(_words_of("title", "A"), _words_of("body", "B")),
                        output_field=SearchVectorField(),
                    ),
                ),
                ("embedding", pgvector.django.VectorField(dimensions=256)),
                ("embedder", models.CharField(max_length=200)),
                ("embedder_revision", models.CharField(max_length=200)),
                ("embedder_dim", models.PositiveSmallIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    GinIndex(fields=["words"], name="search_document_words"),
                    pgvector.django.HnswIndex(
                        fields=["embedding"], name="search_document_embedding", opclasses=["vector_cosine_ops"]
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "object_id"), name="search_document_once")],
            },
        ),
    ]

"""Shapes of a search over the API."""

from typing import Any

from rest_framework import serializers

from apps.core.api import Query
from apps.search import registry
from apps.search.selectors import LONGEST_QUERY, MOST_HITS, Hit


class HitSerializer(serializers.Serializer[Hit]):
    """One thing found; `url` is its page, `snippet` plain text around the words asked for."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class
    id = serializers.CharField(source="object.pk")
    title = serializers.CharField()
    url = serializers.CharField()
    score = serializers.FloatField()
    snippet = serializers.CharField()


class FoundSerializer(serializers.Serializer[Any]):
    """The best hits, best first."""

    results = HitSerializer(many=True)
    example = {
        "results": [
            {
                "kind": "use_case", "label": "Use case", "id": "6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22",
                "title": "Sort incoming invoices", "url": "/use-cases/UC-000123/", "score": 0.87,
                "snippet": "Clerks sort invoices by hand.",
            }
        ]
    }  # fmt: skip


class SearchQuery(Query):
    """What is searched for, and in what."""

    q = serializers.CharField(max_length=LONGEST_QUERY, help_text="Words or a question.")
    kind = serializers.CharField(required=False, max_length=40, help_text="Such as `use_case` or `prompt`.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_HITS, required=False, default=20)

    def validate_kind(self, value: str) -> str:
        """A kind that some app has made searchable."""
        known = [index.kind for index in registry.all_indexes()]
        if value not in known:
            raise serializers.ValidationError(f"Choose among {', '.join(sorted(known))}.")
        return value

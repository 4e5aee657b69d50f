"""Shapes of datasets and runs over the API. A dataset version is called `slug@1`."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts import selectors as accounts
from apps.accounts.api.owning import OWNED_EXAMPLE, OwnedBody, TeamName
from apps.catalog import selectors as catalog
from apps.compute.models import JobState
from apps.core.api import Body, CursorListing, Listing, Named, Ordering, Shown, Written
from apps.evaluations import selectors
from apps.evaluations.models import Dataset, DatasetItem, DatasetVersion, EvaluationRun, SampleResult, Score
from apps.evaluations.scorers import SCORERS
from apps.evaluations.services import Item
from apps.prompts import selectors as prompts
from apps.usecases import selectors as usecases

SCORER_CHOICES = [(key, scorer.title) for key, scorer in SCORERS.items()]
_ONLY = [("right", "Right by the gate scorer"), ("wrong", "Wrong by the gate scorer"), ("error", "No answer")]


class DatasetSerializer(Shown[Dataset]):
    """A dataset; `latest` and `items` are number and size of its newest version."""

    latest = serializers.IntegerField()
    items = serializers.IntegerField()
    team = TeamName()
    example = {
        "slug": "invoice-sums", "id": "8b7c1e22-6f1c-4a5e-9f65-4a2c9a530d0f", "name": "Invoice sums",
        "description": "Sums that clerks checked.", "latest": 1, "items": 1319, "created_at": "2026-11-20T08:00:00Z",
        "updated_at": "2026-11-20T08:00:00Z", **OWNED_EXAMPLE,
    }  # fmt: skip

    class Meta:
        model = Dataset
        fields = (
            "slug", "id", "name", "description", "team", "audience", "latest", "items", "created_at", "updated_at",
        )  # fmt: skip


class DatasetVersionSerializer(Shown[DatasetVersion]):
    """One unchangeable list of items."""

    ref = serializers.CharField(help_text="What other requests call this version, such as `gsm8k@1`.")
    created_by = serializers.CharField(source="created_by.username")
    example = {
        "ref": "invoice-sums@1", "id": "1e226f1c-2a5e-4f65-8a2c-9a530d0f8b7c", "number": 1, "item_count": 1319,
        "content_hash": "9" * 64, "source": "Archive of 2025", "created_by": "ai-engineer",
        "created_at": "2026-11-20T08:00:00Z",
    }  # fmt: skip

    class Meta:
        model = DatasetVersion
        fields = ("ref", "id", "number", "item_count", "content_hash", "source", "created_by", "created_at")


class DatasetItemSerializer(Shown[DatasetItem]):
    """One item: the values of a prompt's places and the answer that is right."""

    input = serializers.DictField()
    example = {"index": 0, "input": {"question": "What is 2 + 2?"}, "expected": "4"}

    class Meta:
        model = DatasetItem
        fields = ("index", "input", "expected")


class DatasetQuery(Listing):
    """What narrows the list of datasets."""

    ordering = Ordering("name", "-name", "created_at", "-created_at")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name or slug.")


class DatasetVersionQuery(Listing):
    """The order of versions."""

    ordering = Ordering("-number", "number")


class DatasetItemQuery(CursorListing):
    """The order of items."""

    ordering = Ordering("index", "-index")


class ItemBody(Body):
    """One item before it is stored."""

    input = serializers.DictField(allow_empty=False, help_text="The values of the prompt's places, by name.")
    expected = Written(allow_blank=True, trim_whitespace=False)


class DatasetBody(OwnedBody):
    """A dataset with its items, or the next version of the one that has this slug already, and keeps its team."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=200, help_text="Kept from the first version on.")
    description = serializers.CharField(required=False, allow_blank=True, default="")
    source = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")  # type: ignore[assignment]  # DRF takes fields out of the class
    items = ItemBody(many=True, allow_empty=False)
    example = {
        "slug": "invoice-sums", "name": "Invoice sums", "description": "Sums that clerks checked.",
        "source": "Archive of 2025", "items": [{"input": {"question": "What is 2 + 2?"}, "expected": "4"}],
        **OWNED_EXAMPLE,
    }  # fmt: skip

    def validate_items(self, value: list[dict[str, Any]]) -> list[Item]:
        """The items as the service takes them."""
        return [Item(**row) for row in value]


class EvaluationRunSerializer(Shown[EvaluationRun]):
    """A run as lists show it; `stored` and `errors` are counted from its results, `summary` comes with its end."""

    use_case = serializers.CharField(source="use_case.ref", allow_null=True)
    prompt_version = serializers.CharField(source="prompt_version.ref")
    endpoint = serializers.CharField(source="endpoint.slug")
    dataset_version = serializers.CharField(source="dataset_version.ref")
    state = serializers.ChoiceField(JobState.choices, source="job.state")
    job = serializers.UUIDField(source="job_id")
    stored = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # DRF takes fields out of the class
    threshold = serializers.FloatField()
    summary = serializers.DictField(allow_null=True)
    created_by = serializers.CharField(source="created_by.username")
    example = {
        "id": "9a53c1d7-c0e0-4c35-9a55-8a356a4c3c9f", "use_case": "UC-000123",
        "prompt_version": "invoice-arithmetic@1", "endpoint": "local-model", "dataset_version": "invoice-sums@1",
        "scorers": ["exact", "numeric"], "gate_scorer": "numeric", "threshold": 0.8, "state": "queued",
        "job": "3c1d7c0e-0c35-4a55-8a35-6a4c3c9f1001", "planned": 1319, "stored": 0, "errors": 0, "summary": None,
        "plan_hash": "7" * 64, "created_by": "ai-engineer", "created_at": "2026-11-21T09:30:00Z",
        "finished_at": None,
    }  # fmt: skip

    class Meta:
        model = EvaluationRun
        fields: tuple[str, ...] = (
            "id", "use_case", "prompt_version", "endpoint", "dataset_version", "scorers", "gate_scorer", "threshold",
            "state", "job", "planned", "stored", "errors", "summary", "plan_hash", "created_by", "created_at",
            "finished_at",
        )  # fmt: skip


class FiguresSerializer(serializers.Serializer[Any]):
    """Counts of one scorer so far; `low` and `high` are the ends of the 95 % Wilson interval of `share`."""

    scorer = serializers.CharField(source="key")
    title = serializers.CharField()
    right = serializers.IntegerField()
    unscored = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField()
    low = serializers.FloatField(source="interval.low")
    high = serializers.FloatField(source="interval.high")


class EvaluationRunDetailSerializer(EvaluationRunSerializer):
    """One run with its frozen plan and its figures so far."""

    progress = serializers.SerializerMethodField()
    plan = serializers.DictField()
    example = {
        **EvaluationRunSerializer.example, "plan": {"planned": 1319},
        "progress": [
            {
                "scorer": "numeric", "title": "Number in the answer", "right": 0, "unscored": 0, "n": 0, "share": 0.0,
                "low": 0.0, "high": 1.0,
            }
        ],
    }  # fmt: skip

    class Meta(EvaluationRunSerializer.Meta):
        fields = (*EvaluationRunSerializer.Meta.fields, "progress", "plan")

    @extend_schema_field(FiguresSerializer(many=True))
    def get_progress(self, run: EvaluationRun) -> Any:
        """The figures of each scorer."""
        return FiguresSerializer(selectors.progress(run).scorers, many=True).data


class EvaluationRunQuery(CursorListing):
    """What narrows the list of runs."""

    ordering = Ordering("-created_at", "created_at")
    state = serializers.ChoiceField(JobState.choices, required=False)
    use_case = Named(usecases.use_case, required=False, help_text="A case's reference, such as `UC-000012`.")
    created_by = Named(accounts.person, required=False, help_text="A user name.")


class EvaluationRunBody(Body):
    """Prompt version × endpoint × dataset version, scored, with a threshold on the interval's lower end."""

    prompt_version = Named(prompts.version, help_text="`slug@3`, or `slug@production` by a label.")
    endpoint = Named(catalog.endpoint, help_text="An endpoint's slug.")
    dataset_version = Named(selectors.dataset_version, help_text="`slug@1`.")
    scorers = serializers.ListField(child=serializers.ChoiceField(SCORER_CHOICES), allow_empty=False, max_length=20)
    gate_scorer = serializers.ChoiceField(SCORER_CHOICES, help_text="The one of `scorers` that decides.")
    threshold = serializers.DecimalField(
        max_digits=4,
        decimal_places=3,
        min_value=Decimal(0),
        max_value=Decimal(1),
        coerce_to_string=False,
        help_text="A share from 0 to 1.",
    )
    use_case = Named(usecases.use_case, required=False, help_text="The case this is evidence for.")
    example = {
        "prompt_version": "invoice-arithmetic@production", "endpoint": "local-model",
        "dataset_version": "invoice-sums@1", "scorers": ["exact", "numeric"], "gate_scorer": "numeric",
        "threshold": 0.8, "use_case": "UC-000123",
    }  # fmt: skip


class ScoreSerializer(Shown[Score]):
    """One scorer's opinion, from 0 to 1; null with an `error`."""

    value = serializers.FloatField(allow_null=True)

    class Meta:
        model = Score
        fields = ("scorer", "value", "explanation", "error")


class ResultSerializer(Shown[SampleResult]):
    """What came back for one sample; times in milliseconds, `error` is empty on success."""

    input = serializers.DictField()
    expected = serializers.CharField()
    scores = ScoreSerializer(many=True)
    example = {
        "index": 0, "input": {"question": "What is 2 + 2?"}, "expected": "4", "output": "It is 4.", "error": "",
        "scores": [{"scorer": "numeric", "value": 1.0, "explanation": "4 equals 4.", "error": ""}],
        "latency_ms": 420, "first_token_ms": 90, "input_tokens": 12, "output_tokens": 5, "attempt_number": 1,
        "created_at": "2026-11-21T09:31:30Z",
    }  # fmt: skip

    class Meta:
        model = SampleResult
        fields = (
            "index", "input", "expected", "output", "error", "scores", "latency_ms", "first_token_ms", "input_tokens",
            "output_tokens", "attempt_number", "created_at",
        )  # fmt: skip


class ResultQuery(CursorListing):
    """What narrows the results of a run."""

    ordering = Ordering("index", "-index")
    only = serializers.ChoiceField(_ONLY, required=False)

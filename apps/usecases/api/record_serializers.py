"""Shapes of a case's record over the API: its answers, its rows, and its tier."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts import selectors as accounts
from apps.core.api import Body, ChangeBody, Named, Shown
from apps.usecases import selectors
from apps.usecases.models import (
    AdoptionFigure,
    CaseRisk,
    Contributor,
    EuClass,
    FrameworkLink,
    Impact,
    Likelihood,
    PinnedVersion,
    Residual,
    Tier,
    TierAdjustment,
    Treatment,
    ValueMeasure,
)
from apps.usecases.rules import MISSING, tiers

_ID = "3c9d1f0e-52a7-4b1c-8f37-6a4b0c2d9e11"
_ANSWER = {"value": "recommends"}
_FIGURE: dict[str, Any] = {"max_digits": 18, "decimal_places": 4, "allow_null": True, "required": False}


@extend_schema_field({"type": "object"})
class StoredAnswer(serializers.JSONField):
    """An answer as it is stored: `{"value": …}` or `{"missing": …}`, or null where nobody has answered."""


class AnswerSerializer(serializers.Serializer[selectors.Asked]):
    """One field of the record that is asked of the case, and how it is answered."""

    key = serializers.CharField(source="field.key")
    label = serializers.CharField(source="field.label")  # type: ignore[assignment]  # DRF takes fields out of the class
    question = serializers.CharField(source="field.question")
    kind = serializers.CharField(source="field.kind", help_text="text, choice, choices, yes_no, number or date.")
    gate = serializers.CharField(source="field.gate", help_text="The first gate that needs an answer.")
    source = serializers.CharField(source="field.source")  # type: ignore[assignment]
    help = serializers.CharField(source="field.help")
    options = serializers.SerializerMethodField(help_text="The values to choose from, each with its label.")
    missing = serializers.ListField(
        child=serializers.ChoiceField(list(MISSING)), source="field.missing", help_text="Why a value may be missing."
    )
    answer = StoredAnswer(allow_null=True, help_text="As it is stored; null while nobody has answered.")
    words = serializers.CharField(allow_null=True, help_text="The answer as people read it.")
    is_open = serializers.BooleanField(help_text="Whether its gate still waits for it.")

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_options(self, asked: selectors.Asked) -> dict[str, str]:
        """Value → label, empty for fields that are not chosen from a list."""
        return asked.field.vocabulary.labels if asked.field.vocabulary else {}


class AnswersSerializer(serializers.Serializer[Any]):
    """All that is asked of a case, in reading order."""

    fields_asked = AnswerSerializer(many=True)
    example = {
        "fields_asked": [
            {
                "key": "autonomy", "label": "Autonomy", "question": "How far does it act by itself?", "kind": "choice",
                "gate": "G1", "source": "EU AI Act, Article 14", "help": "", "missing": list(MISSING),
                "options": {"recommends": "2. Recommends: a person decides each time"}, "answer": _ANSWER,
                "words": "2. Recommends: a person decides each time", "is_open": False,
            }
        ]
    }  # fmt: skip


class AnswersBody(Body):
    """Answers by the key of their field; those that are left out stay as they are."""

    answers = serializers.DictField(
        child=StoredAnswer(allow_null=True), allow_empty=False,
        help_text='Each `{"value": …}`, or `{"missing": …}` with the reason, or null to take it back.',
    )  # fmt: skip
    example = {"answers": {"autonomy": _ANSWER, "people_affected": {"missing": "unknown"}}}


class ValueSerializer(Shown[ValueMeasure]):
    """What a case is worth, as one figure."""

    example = {
        "id": _ID, "metric": "Minutes an invoice", "unit": "min", "baseline": "6.5000", "target": "2.0000",
        "measured": None, "measured_on": None, "method": "Time stamps of a hundred invoices, before and after.",
    }  # fmt: skip

    class Meta:
        model = ValueMeasure
        fields = ("id", "metric", "unit", "baseline", "target", "measured", "measured_on", "method")


class _ValueFields(Body):
    metric = serializers.CharField(max_length=200)
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True)
    baseline = serializers.DecimalField(**_FIGURE)
    target = serializers.DecimalField(max_digits=18, decimal_places=4)
    measured = serializers.DecimalField(**_FIGURE)
    measured_on = serializers.DateField(required=False, allow_null=True)
    method = serializers.CharField(max_length=1000)
    example = {"metric": "Minutes an invoice", "unit": "min", "target": "2", "method": "Time stamps, a month each."}


class ValueBody(_ValueFields):
    """A figure that the case promises."""


class ValueEditBody(ChangeBody, _ValueFields):
    """What of the figure to change."""

    example = {"measured": "2.3", "measured_on": "2026-11-20"}


class RiskSerializer(Shown[CaseRisk]):
    """A risk of a case."""

    example = {
        "id": _ID, "description": "An invoice is paid twice.", "likelihood": "possible", "impact": "moderate",
        "treatment": "reduce", "plan": "Amounts above 1,000 go to a clerk.", "residual": "low",
    }  # fmt: skip

    class Meta:
        model = CaseRisk
        fields = ("id", "description", "likelihood", "impact", "treatment", "plan", "residual")


class _RiskFields(Body):
    description = serializers.CharField(max_length=1000)
    likelihood = serializers.ChoiceField(Likelihood.choices)
    impact = serializers.ChoiceField(Impact.choices)
    treatment = serializers.ChoiceField(Treatment.choices)
    plan = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        help_text="What is done; may be left out of what is accepted.",
    )
    residual = serializers.ChoiceField(Residual.choices, help_text="What is left once it is treated.")
    example = {name: value for name, value in RiskSerializer.example.items() if name != "id"}


class RiskBody(_RiskFields):
    """A risk."""


class RiskEditBody(ChangeBody, _RiskFields):
    """What of the risk to change."""

    example = {"residual": "medium"}


class PinnedSerializer(Shown[PinnedVersion]):
    """A pinned version; whoever may not see it learns its kind and hash alone."""

    name = serializers.SerializerMethodField(help_text="As the API names it, null where the caller may not see it.")
    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes fields out of the class
    example = {
        "id": _ID, "kind": "dataset_version", "name": "invoices@2", "label": "Invoices v2", "content_hash": "b" * 64,
    }  # fmt: skip

    class Meta:
        model = PinnedVersion
        fields = ("id", "kind", "name", "label", "content_hash")

    def get_name(self, row: Any) -> str | None:
        """The name, to whoever may see it."""
        return row.name if row.is_seen else None

    def get_label(self, row: Any) -> str:
        """What it is called, to whoever may see it."""
        return row.label if row.is_seen else selectors.UNSEEN_VERSION


class PinBody(Body):
    """A version to pin, such as `dataset_version` and `invoices@2`."""

    kind = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=300)
    example = {"kind": "dataset_version", "name": "invoices@2"}


class AdoptionSerializer(Shown[AdoptionFigure]):
    """How a case was taken up, on one day."""

    example = {
        "id": _ID, "day": "2026-11-20", "active_users": 42, "satisfaction": "4.20", "training_completion": "87.50",
    }  # fmt: skip

    class Meta:
        model = AdoptionFigure
        fields = ("id", "day", "active_users", "satisfaction", "training_completion")


class _AdoptionFields(Body):
    day = serializers.DateField()
    active_users = serializers.IntegerField(min_value=0, max_value=2_147_483_647)
    satisfaction = serializers.DecimalField(
        max_digits=3,
        decimal_places=2,
        min_value=1,
        max_value=5,
        required=False,
        allow_null=True,
        help_text="From 1 to 5.",
    )
    training_completion = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False, allow_null=True,
        help_text="Percent of those who need it.",
    )  # fmt: skip
    example = {"day": "2026-11-20", "active_users": 42, "satisfaction": "4.2", "training_completion": "87.5"}


class AdoptionBody(_AdoptionFields):
    """The figures of one day."""


class AdoptionEditBody(ChangeBody, _AdoptionFields):
    """What of the figures to change."""

    example = {"active_users": 43}


class ContributorSerializer(Shown[Contributor]):
    """Somebody who works on a case."""

    person = serializers.CharField(source="person.username")
    example = {"id": _ID, "person": "ai-engineer"}

    class Meta:
        model = Contributor
        fields = ("id", "person")


class ContributorBody(Body):
    """Who works on it from now on."""

    person = Named(accounts.person, help_text="A user name.")
    example = {"person": "ai-engineer"}


class FrameworkSerializer(Shown[FrameworkLink]):
    """The article or control of a framework that a case answers to."""

    example = {
        "id": _ID, "framework": "EU AI Act", "control": "Article 50(1)", "edition": "2024/1689",
        "effective_from": "2026-08-02", "note": "",
    }  # fmt: skip

    class Meta:
        model = FrameworkLink
        fields = ("id", "framework", "control", "edition", "effective_from", "note")


class _FrameworkFields(Body):
    framework = serializers.CharField(max_length=100)
    control = serializers.CharField(max_length=100)
    edition = serializers.CharField(max_length=50)
    effective_from = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    example = {"framework": "EU AI Act", "control": "Article 50(1)", "edition": "2024/1689"}


class FrameworkBody(_FrameworkFields):
    """An article or control."""


class FrameworkEditBody(ChangeBody, _FrameworkFields):
    """What of the link to change."""

    example = {"effective_from": "2026-08-02"}


class FiredSerializer(serializers.Serializer[tiers.Fired]):
    """A rule that fired."""

    rule = serializers.CharField(source="rule.id")
    tier = serializers.ChoiceField(Tier.choices, source="rule.tier")
    source = serializers.CharField(source="rule.source")  # type: ignore[assignment]  # as above
    sentence = serializers.CharField(source="rule.sentence")
    reads = serializers.ListField(child=serializers.CharField(), source="rule.reads")
    by = serializers.ListField(child=serializers.CharField(), help_text="The fields whose answers made it fire.")
    certain = serializers.BooleanField(help_text="False where something open counted as its worst answer.")


class TierChangeSerializer(serializers.Serializer[tiers.Change]):
    """One answer that alone would lower the tier."""

    field = serializers.CharField(source="field.key")
    answer = serializers.JSONField()
    words = serializers.CharField()
    tier = serializers.ChoiceField(Tier.choices)


class AdjustmentSerializer(Shown[TierAdjustment]):
    """A tier that people set, or proposed, in place of the computed one."""

    proposed_by = serializers.CharField(source="proposed_by.username")
    decided_by = serializers.CharField(source="decided_by.username", allow_null=True)
    example = {
        "id": _ID, "direction": "raise", "computed": "STANDARD", "to_tier": "HIGH", "reason": "Press interest.",
        "proposed_by": "steward", "decided_by": "steward", "holds_from": "2026-11-21T09:30:00Z", "expires_on": None,
        "ended_at": None, "ended_why": "", "created_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip

    class Meta:
        model = TierAdjustment
        fields = (
            "id", "direction", "computed", "to_tier", "reason", "proposed_by", "decided_by", "holds_from", "expires_on",
            "ended_at", "ended_why", "created_at",
        )  # fmt: skip


class TierSerializer(serializers.Serializer[Any]):
    """The tier that counts, what the rules make of the answers, and what people set in its place."""

    tier = serializers.ChoiceField(Tier.choices, help_text="The one that counts.")
    computed = serializers.ChoiceField(Tier.choices)
    provisional = serializers.BooleanField(help_text="Whether something that the rules read is still open.")
    eu_class = serializers.ChoiceField(EuClass.choices, help_text="What the EU AI Act calls such a system.")
    rule_set = serializers.CharField(help_text="The version of the rules in force.")
    open = serializers.ListField(child=serializers.CharField())
    fired = FiredSerializer(many=True)
    changes = TierChangeSerializer(many=True)
    adjustments = AdjustmentSerializer(many=True)
    example = {
        "tier": "HIGH", "computed": "ELEVATED", "provisional": False, "eu_class": "minimal", "rule_set": "2026-10",
        "open": [],
        "fired": [
            {
                "rule": "new-supplier", "tier": "ELEVATED", "source": "NIST AI RMF GOVERN 6", "reads": ["new_supplier"],
                "sentence": "It brings a supplier or model that the organisation has not approved.",
                "by": ["new_supplier"], "certain": True,
            }
        ],
        "changes": [{"field": "new_supplier", "answer": {"value": False}, "words": "No", "tier": "STANDARD"}],
        "adjustments": [AdjustmentSerializer.example],
    }  # fmt: skip


class RaiseTierBody(Body):
    """A higher tier than the one that counts, and why."""

    to = serializers.ChoiceField(Tier.choices)
    reason = serializers.CharField(max_length=5000)
    example = {"to": "HIGH", "reason": "Press interest."}


class LowerTierBody(RaiseTierBody):
    """A lower tier to propose, why, and the last day on which it holds."""

    expires_on = serializers.DateField()
    example = {"to": "STANDARD", "reason": "Thirty users, for a month.", "expires_on": "2026-12-31"}


class DeclineTierBody(Body):
    """Why the proposed tier is declined."""

    reason = serializers.CharField(max_length=5000)
    example = {"reason": "It reaches customers after all."}

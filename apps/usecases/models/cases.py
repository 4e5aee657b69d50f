"""The use case: what it is, where the work is, and what it pins."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.lookups import Exact

from apps.accounts import access
from apps.accounts.access import Share
from apps.accounts.models import BusinessUnit, TeamOwned, TeamOwnedQuerySet
from apps.audit.registry import tracked
from apps.catalog.models import Endpoint
from apps.core.models import BaseModel, Viewer
from apps.core.refs import Ref
from apps.prompts.models import PromptVersion
from apps.usecases.models.words import Stage, Tier, TopicArea

KIND = "use_case"
_IS_OBJECT = Exact(models.Func("answers", function="jsonb_typeof", output_field=models.TextField()), "object")


class UseCaseQuerySet(TeamOwnedQuerySet["UseCase"]):
    """Cases, which contributors see wherever they are."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to what `user` may see: by membership, by shares with their teams, and as one of its people."""
        seen = access.visibility(self.model, user)
        # An empty condition lets everything through, and would vanish beside another.
        if seen and user.is_active:
            seen |= models.Q(pk__in=Contributor.objects.filter(person=user.pk).values("use_case"))
        return self.filter(seen)


@tracked()
class UseCase(TeamOwned):
    """One AI use case from idea to retirement. `content_hash` is the SHA-256 of what a review would freeze."""

    number = models.BigIntegerField(unique=True, editable=False)
    title = models.CharField(max_length=400)
    purpose = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_cases")
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sponsored_cases", null=True, blank=True
    )
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="use_cases")
    topic_area = models.CharField(max_length=20, choices=TopicArea.choices)
    topic_other = models.CharField(max_length=500, blank=True)
    # Why it is begun although there are cases much like it; "" where nobody was asked.
    why_new = models.CharField(max_length=2_000, blank=True, default="", db_default="")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.DISCOVER)
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, null=True, blank=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    # SHA-256 over the pinned prompt and endpoint, "" until both are pinned; evidence is bound to it.
    configuration_hash = models.CharField(max_length=64, blank=True)
    # What people answered, by the key of the field: `{"value": …}`, or `{"missing": …}` saying why there is none.
    answers = models.JSONField(default=dict, db_default={})
    # What the rules make of the answers; kept so that lists can be narrowed by it, and made anew at every write.
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.PROHIBITED, db_default=Tier.PROHIBITED)
    tier_provisional = models.BooleanField(default=True, db_default=True)
    # The version of the rules that made it, "" for a case that was never weighed.
    tier_rules = models.CharField(max_length=20, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1)
    # By when a case that came here in operation must be reviewed; importing clears nothing.
    review_due_on = models.DateField(null=True, blank=True)
    # Everyone who registered or edited the case: none of them may decide on it.
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    objects = UseCaseQuerySet.as_manager()
    UNIT_PATH = "business_unit__path"
    PEOPLE = ("owner", "sponsor")

    # Annotated by selectors.with_standing and with_review, and present only on cases that came from there.
    standing: str
    review_state: str | None
    review_gate: str | None
    standing_state: str | None
    standing_gate: str | None
    # Annotated by selectors.with_tier.
    effective_tier: str
    # Annotated by selectors.use_case for its viewer.
    sees_prompt_version: bool
    sees_endpoint: bool

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["stage"], name="use_case_stage"),
            # The orders of the list that a page of a large registry must not sort for.
            models.Index(fields=["title", "id"], name="use_case_by_title"),
            models.Index(fields=["created_at", "id"], name="use_case_by_age"),
            models.Index(fields=["tier", "tier_provisional"], name="use_case_tier"),
            # All that decides who sees a case, so that counting what somebody sees reads no case.
            models.Index(fields=["audience", "team", "owner", "sponsor", "id"], name="use_case_visible"),
        ]
        constraints = [
            *TeamOwned.Meta.constraints,
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="use_case_stage_known"),
            models.CheckConstraint(condition=models.Q(topic_area__in=TopicArea.values), name="use_case_topic_known"),
            models.CheckConstraint(
                condition=models.Q(topic_area=TopicArea.OTHER) | models.Q(topic_other=""),
                name="use_case_topic_words_only_for_other",
            ),
            models.CheckConstraint(
                condition=models.Q(prompt_version__isnull=True)
                | models.Q(endpoint__isnull=True)
                | ~models.Q(configuration_hash=""),
                name="use_case_configuration_hashed",
            ),
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="use_case_tier_known"),
            models.CheckConstraint(condition=_IS_OBJECT, name="use_case_answers_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        """The readable, unchangeable name, such as `UC-000123`."""
        return f"UC-{self.number:06d}"

    @property
    def unit_path(self) -> str:
        """The path of the unit that answers for the case."""
        return self.business_unit.path

    @property
    def subject(self) -> Ref:
        """The case as other apps refer to it."""
        return Ref(KIND, str(self.pk))


@tracked()
class UseCaseShare(Share):
    """A use case shared with a team."""

    content_object = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="shares")


class ExternalId(BaseModel):
    """The key a case has in another system."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    # What the source said last and was taken over, by field: what differs from it here was changed by people here.
    imported = models.JSONField(default=dict, db_default={})
    # What the source says beside the fields of the record: label, value, and its own words.
    stated = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="external_id_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.key}"


@tracked()
class Contributor(BaseModel):
    """Somebody who works on a case: sees it although it is restricted, may edit it, and does not speak for it."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="contributors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contributions")

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["use_case", "person"], name="contributor_once")]

    def __str__(self) -> str:
        return str(self.person)

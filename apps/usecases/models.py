"""The use case: what it is, where the work is, and what it pins."""

from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts.access import Share
from apps.accounts.models import BusinessUnit, TeamOwned, TeamOwnedQuerySet
from apps.audit.registry import tracked
from apps.catalog.models import Endpoint
from apps.core.models import BaseModel, Viewer
from apps.core.refs import Ref
from apps.prompts.models import PromptVersion

KIND = "use_case"


class Stage(models.TextChoices):
    """Where the work is; says nothing about whether it may proceed."""

    DISCOVER = "DISCOVER", "Discover"
    PLAY = "PLAY", "Play"
    DEVELOP = "DEVELOP", "Develop"
    DEPLOY = "DEPLOY", "Deploy"
    RETIRED = "RETIRED", "Retired"


class Standing(models.TextChoices):
    """Whether the case may proceed: derived from review decisions, never stored."""

    UNREVIEWED = "UNREVIEWED", "Unreviewed"
    IN_REVIEW = "IN_REVIEW", "In review"
    CHANGES_REQUESTED = "CHANGES_REQUESTED", "Changes requested"
    CLEARED = "CLEARED", "Cleared"
    REJECTED = "REJECTED", "Rejected"
    LAPSED = "LAPSED", "Lapsed"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class TopicArea(models.TextChoices):
    """The field of work, after the topic areas of the US federal AI inventory."""

    INTERNAL = "internal", "Internal operations"
    LAW = "law", "Law and justice"
    HEALTH = "health", "Health and medicine"
    SERVICES = "services", "Services to customers and the public"
    TRADE = "trade", "Diplomacy and trade"
    SCIENCE = "science", "Science and space"
    TRANSPORT = "transport", "Transportation"
    EDUCATION = "education", "Education and workforce"
    ENERGY = "energy", "Energy and the environment"
    EMERGENCY = "emergency", "Emergency management"
    OTHER = "other", "Other"


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
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.DISCOVER)
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, null=True, blank=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    # SHA-256 over the pinned prompt and endpoint, "" until both are pinned; evidence is bound to it.
    configuration_hash = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    # Everyone who registered or edited the case: none of them may decide on it.
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    objects = TeamOwnedQuerySet.as_manager()
    UNIT_PATH = "business_unit__path"
    PEOPLE = ("owner", "sponsor")

    # Annotated by selectors.with_standing and with_review, and present only on cases that came from there.
    standing: str
    review_gate: str | None
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="external_id_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.key}"


class ImportIssueQuerySet(models.QuerySet["ImportIssue"]):
    """Questions of imports, which are seen by whoever sees their case."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to questions about what `user` may see."""
        return self.filter(use_case__in=UseCase.objects.visible_to(user))


class ImportIssue(BaseModel):
    """A value of an imported row that a person must decide on; nothing was invented in its place."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="import_issues")
    source = models.CharField(max_length=100)
    column = models.CharField(max_length=200)
    value = models.TextField(blank=True)
    message = models.CharField(max_length=300)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = ImportIssueQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["use_case", "source", "column"], name="import_issue_once")]

    def __str__(self) -> str:
        return f"{self.column}: {self.message}"

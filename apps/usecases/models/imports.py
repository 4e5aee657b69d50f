"""Imports of other registries: the file as it was staged, what was said about it, and what a person must decide."""

from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Role, User
from apps.audit.registry import tracked
from apps.compute.models import Job
from apps.core.models import BaseModel, Row, Viewer
from apps.core.refs import Ref
from apps.usecases.models.cases import UseCase

IMPORT_KIND = "use_case_import"
IMPORTERS = (Role.STEWARD, Role.ADMINISTRATOR)


class ImportState(models.TextChoices):
    """How far an import is: what is refused or done stays so."""

    REFUSED = "refused", "Refused"
    STAGED = "staged", "Ready to import"
    DONE = "done", "Imported"


class Severity(models.TextChoices):
    """What a word about a row means: an error bars the whole file, a conflict keeps what people changed here."""

    ERROR = "error", "Error"
    CONFLICT = "conflict", "Conflict"
    WARNING = "warning", "Warning"


class RowOutcome(models.TextChoices):
    """What becomes of a row."""

    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    SAME = "same", "Already here"


class ImportQuerySet(models.QuerySet["Import"]):
    """Imports, which are seen by who made them, by whoever imports for the whole organisation, and by auditors."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to what `user` may see."""
        if not (isinstance(user, User) and user.is_active):
            return self.none()
        if user.oversees or any(m.is_everywhere and m.role in IMPORTERS for m in user.held()):
            return self
        return self.filter(created_by=user.pk)


@tracked(without=("file_name",))
class Import(BaseModel):
    """One file of use cases, by its SHA-256. Its rows are all staged at once, and all taken over at once.

    `counts` says how many rows are there, by what becomes of them, by stage, and how many words were said of each
    severity. `columns` names the file's column of each field.
    """

    profile = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ImportState.choices)
    counts = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["digest"], name="import_digest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="import_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=ImportState.DONE, ended_at__isnull=False)
                | (~models.Q(state=ImportState.DONE) & models.Q(ended_at=None)),
                name="import_ended_iff_done",
            ),
        ]

    def __str__(self) -> str:
        return f"Import of {self.file_name or self.digest[:12]}"

    @property
    def subject(self) -> Ref:
        """The import as other apps refer to it."""
        return Ref(IMPORT_KIND, str(self.pk))


class OfImportQuerySet(models.QuerySet[Row]):
    """Rows of an import, which are seen by whoever sees the import."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to rows of what `user` may see."""
        return self.filter(batch__in=Import.objects.visible_to(user))


class ImportRow(models.Model):
    """One staged row, in the portal's words, and what becomes of it. Once it is taken over, its words are dropped.

    `stem` is what the key is made of: the source's own id (`has_own_key`), or the hash of what tells rows apart.
    """

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    stem = models.CharField(max_length=180)
    has_own_key = models.BooleanField(default=False)
    key = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    stated = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sponsor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, null=True, related_name="+")

    objects = OfImportQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),
            models.UniqueConstraint(fields=["batch", "key"], name="import_key_once"),
            models.CheckConstraint(condition=models.Q(outcome__in=RowOutcome.values), name="import_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.outcome}"


class ImportProblem(models.Model):
    """One word about one cell of an import, or about a row; `column` is as a person finds it in the file."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=300, blank=True)
    value = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=500)
    severity = models.CharField(max_length=10, choices=Severity.choices)

    # What the row became; present only on what the report has read.
    case: UseCase | None

    objects = OfImportQuerySet.as_manager()

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["batch", "row"], name="import_problem_row")]
        constraints = [
            models.CheckConstraint(condition=models.Q(severity__in=Severity.values), name="import_severity_known")
        ]

    def __str__(self) -> str:
        where = f"Row {self.row}, {self.column}" if self.column else f"Row {self.row}"
        return f"{where}: {self.message}"


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

"""People, business units, teams, and who holds which role where."""

import uuid
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts import rules
from apps.audit.registry import tracked
from apps.core.models import BaseModel, OrganisationQuerySet, Viewer


class Role(models.TextChoices):
    """What a person does in the portal."""

    BUSINESS_OWNER = "business_owner", "Business owner"
    AI_ENGINEER = "ai_engineer", "AI engineer"
    ARCHITECT = "architect", "Architect"
    REVIEWER = "reviewer", "Lane reviewer"
    STEWARD = "steward", "Steward"
    FINOPS = "finops", "FinOps"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class Lane(models.TextChoices):
    """A point of view from which reviewers decide."""

    STEWARD = "steward", "Steward"
    ARCHITECTURE = "architecture", "Architecture"
    SECURITY = "security", "Security"
    PRIVACY = "privacy", "Privacy"
    LEGAL = "legal", "Legal"
    FINANCE = "finance", "Finance"
    BOARD = "board", "Board"


class Source(models.TextChoices):
    """Where a membership comes from; single sign-on takes back only what it gave."""

    MANUAL = "manual", "Granted here"
    SIGN_ON = "sign_on", "Single sign-on"


class UserKind(models.TextChoices):
    """Who acts under an account."""

    PERSON = "person", "Person"
    SERVICE = "service", "Service account"


# Nothing that says who somebody is: it could not be erased from history.
@tracked(
    without=(
        "username", "display_name", "first_name", "last_name", "email", "password", "last_login", "date_joined",
        "session_generation",
    )
)  # fmt: skip
class User(AbstractUser):
    """A person or a program. Deactivated, never deleted, so that decisions keep their author."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=UserKind.choices, default=UserKind.PERSON, editable=False)
    # Of a service account: who answers for it, and whose it is; without a team it is the organisation's.
    responsible = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers_for", editable=False
    )
    owning_team = models.ForeignKey(
        "Team", on_delete=models.PROTECT, null=True, blank=True, related_name="service_accounts", editable=False
    )
    # Part of every session's hash: the next number ends them all.
    session_generation = models.PositiveIntegerField(default=0, editable=False)
    # When name, user name and address were replaced by opaque words.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    REQUIRED_FIELDS = ["email", "display_name"]
    # The team alone whose memberships count, while somebody acts by a token that is bound to it.
    acting_in: uuid.UUID | None = None

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=UserKind.values), name="user_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind=UserKind.PERSON, responsible=None, owning_team=None)
                | models.Q(kind=UserKind.SERVICE, responsible__isnull=False, is_staff=False, is_superuser=False),
                name="user_service_has_responsible",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def held(self) -> "tuple[Membership, ...]":
        """The person's memberships, read once for this object; none for an inactive person."""
        if not self.is_active:
            return ()
        if "_held" not in self.__dict__:
            mine = self.memberships.select_related("unit", "team__unit")
            self.__dict__["_held"] = tuple(mine.filter(team=self.acting_in) if self.acting_in else mine)
        return self.__dict__["_held"]  # type: ignore[no-any-return]  # what was put there above

    def forget_held(self) -> None:
        """Read the memberships anew the next time; called when they change."""
        self.__dict__.pop("_held", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Django's, with the memberships forgotten as well."""
        self.forget_held()
        super().refresh_from_db(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, which changes with the password, and with the generation as well."""
        usual: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # not in the stubs
        salt = "accounts.User.session_generation"
        return salted_hmac(salt, f"{usual} {self.session_generation}", secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_person(self) -> bool:
        """Whether a human may sign in to it; service accounts act by tokens alone."""
        return self.kind == UserKind.PERSON

    @property
    def oversees(self) -> bool:
        """Whether the person sees everything: auditors and administrators of the whole organisation do."""
        return any(m.role in (Role.AUDITOR, Role.ADMINISTRATOR) and m.is_everywhere for m in self.held())


class BusinessUnitQuerySet(OrganisationQuerySet["BusinessUnit"]):
    """Units; everyone in the organisation sees the tree."""

    def open(self) -> Self:
        """The units that take new things today."""
        begun = models.Q(valid_from=None) | models.Q(valid_from__lte=Now())
        return self.filter(begun, models.Q(valid_until=None) | models.Q(valid_until__gt=Now()))


@tracked()
class BusinessUnit(BaseModel):
    """A part of the organisation; `path` spells the way from the top, such as `Agency / Bureau`.

    It exists from `valid_from` until before `valid_until` (dates, UTC); None means always, and not yet ended. A unit
    that has ended stays where it is named, and takes nothing new.
    """

    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=rules.LONGEST_PATH, unique=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = BusinessUnitQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_from__lt=models.F("valid_until")),
                name="unit_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `path` true to name and parent."""
        self.path = rules.unit_path(self.name, self.parent.path if self.parent else "")
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        """Whether it takes new things today."""
        return rules.in_effect(self.valid_from, self.valid_until, on=timezone.localdate())


class TeamQuerySet(models.QuerySet["Team"]):
    """Teams, each seen by its people and by those who administer it."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the teams that `user` may look into; forms that name any ask selectors.nameable_teams."""
        from apps.accounts import access  # access reads these models

        return self.filter(access.team_visibility(user))


@tracked()
class Team(BaseModel):
    """People of one unit who work on the same things. `group` is how shares name the team."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True, max_length=2000)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="teams")
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="team", editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Membership(BaseModel):
    """One role of one person: in a team, in a unit and all below it, or, without either, in the whole organisation.

    `lane` names where a lane reviewer decides; other roles have none.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    lane = models.CharField(max_length=20, choices=Lane.choices, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.MANUAL, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "team", "role", "lane"], name="membership_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="membership_source_known"),
            models.CheckConstraint(
                condition=models.Q(unit=None) | models.Q(team=None), name="membership_in_team_or_unit"
            ),
            models.CheckConstraint(
                condition=models.Q(role=Role.REVIEWER, lane__in=Lane.values)
                | (~models.Q(role=Role.REVIEWER) & models.Q(lane="")),
                name="membership_lane_of_reviewers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} in {self.place}"

    @property
    def is_everywhere(self) -> bool:
        """Whether the role holds in the whole organisation."""
        return self.unit_id is None and self.team_id is None

    @property
    def place(self) -> str:
        """Where the role holds, in words."""
        return str(self.team or self.unit or "the whole organisation")

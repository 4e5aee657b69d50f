"""What people were told, and how they want to be told."""

from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts import kinds
from apps.core.models import BaseModel, Viewer
from apps.core.refs import UUID_TEXT, Ref
from apps.notifications.events import AT_ONCE, DAILY, NEVER


class Mail(models.TextChoices):
    """When a person is written to about an event."""

    NEVER = NEVER, "No mail"
    AT_ONCE = AT_ONCE, "At once"
    DAILY = DAILY, "In the daily digest"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, each for one person alone."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to those of `user` about nothing in particular, or about what they may still see."""
        mine = self.filter(person_id=user.pk) if user.is_authenticated and user.is_active else self.none()
        return mine.filter(models.Q(subject_kind="") | kinds.readable(user))


class Notification(BaseModel):
    """One thing that one person was told, and why. `key` says which happening: nobody is told of it twice.

    `subject_kind` is "" where it is about nothing that others could see. `named` is the id of whom the words name.
    `mail_due_at` is when to write next, None when nothing is left to write.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=500)
    why = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    url = models.CharField(max_length=500)
    named = models.UUIDField(null=True, blank=True)
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=10, choices=Mail.choices, default=Mail.NEVER)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notification_inbox"),
            models.Index(
                fields=["person"], name="notification_unread", condition=models.Q(in_app=True, read_at__isnull=True)
            ),
            models.Index(
                fields=["mail_due_at"], name="notification_mail_due", condition=models.Q(mail_due_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "event", "key"], name="notification_once"),
            models.CheckConstraint(condition=models.Q(mail__in=Mail.values), name="notification_mail_known"),
            models.CheckConstraint(
                condition=models.Q(mail_due_at__isnull=True)
                | ~models.Q(mail=Mail.NEVER) & models.Q(mailed_at__isnull=True),
                name="notification_mailed_once",
            ),
            # It is cast to a UUID wherever somebody reads an inbox: one that cannot be would stop them all.
            models.CheckConstraint(
                condition=models.Q(subject_kind="") | models.Q(subject_id__regex=UUID_TEXT),
                name="notification_subject_spelt_so",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Ref | None:
        """What it is about, None for nothing in particular."""
        return Ref(self.subject_kind, self.subject_id) if self.subject_kind else None


class Preference(BaseModel):
    """How one person wants to be told of one event; without a row the event's own line decides."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=40)
    in_app = models.BooleanField()
    mail = models.CharField(max_length=10, choices=Mail.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="preference_once"),
            models.CheckConstraint(condition=models.Q(mail__in=Mail.values), name="preference_mail_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.event}"

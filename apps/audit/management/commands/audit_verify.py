"""`manage.py audit_verify`: checks every link of the audit trail's chain."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors
from apps.audit.models import AuditEvent


class Command(BaseCommand):
    """Exit status 0 when every row is as written, 1 with the first broken sequence number otherwise."""

    help = "Verify the hash chain of the audit trail."

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and say so."""
        broken = selectors.first_broken_link()
        if broken is not None:
            raise CommandError(f"The audit trail is not as written from sequence {broken} on.")
        self.stdout.write(f"The audit trail is whole: {AuditEvent.objects.count()} events.")

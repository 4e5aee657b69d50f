"""`manage.py permit_break_glass USERNAME [--end]`: lets somebody pass a gate before its review, or no more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.reviews import services


class Command(BaseCommand):
    """Gives one person the permission for break-glass, or takes it back; both are in the audit trail."""

    help = "Permit break-glass to a person, or end that. No role gives it, nor does being a superuser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and whether it ends."""
        parser.add_argument("username")
        parser.add_argument("--end", action="store_true", help="take the permission back")

    def handle(self, *args: Any, username: str, end: bool, **options: Any) -> None:
        """Give it or take it back."""
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError("There is nobody of this user name.")
        try:
            (services.forbid_break_glass if end else services.permit_break_glass)(person=person, by=None)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{username} may {'no longer ' if end else ''}break the glass.")

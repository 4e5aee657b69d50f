"""`manage.py erase_person USERNAME --yes`: replaces name, user name and address of somebody by opaque words."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services
from apps.accounts.models import User


class Command(BaseCommand):
    """Erases one person for good; what they decided stays, without a name. Without --yes nothing happens."""

    help = "Erase name, user name and address of a person; decisions and the audit trail stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and that it is meant."""
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(self, *args: Any, username: str, yes: bool, **options: Any) -> None:
        """Erase, and say under which id the person's deeds stay."""
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError("There is nobody of this user name.")
        if not yes:
            raise CommandError("This cannot be undone. Say --yes to erase the person.")
        services.erase_person(user=person, by=None)
        self.stdout.write(f"Erased. What {person.pk} decided and wrote stays, signed “A former person”.")

"""`manage.py walkthrough`: does the portal's main job over HTTP with the demonstration accounts."""

from typing import Any
from urllib.error import URLError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.portal.demo.accounts import read_passwords
from apps.portal.demo.visitor import VisitError
from apps.portal.demo.walkthrough import Walkthrough


class Command(BaseCommand):
    """Prints a line a step; safe to repeat."""

    help = "Walk from an idea to a cleared use case, as the demonstration accounts, over HTTP."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk, or say where it stopped."""
        passwords = read_passwords()
        if not passwords:
            raise CommandError("There are no demonstration accounts here: run `python3 manage.py demo`.")
        try:
            Walkthrough(settings.SITE_URL, passwords, self._say).walk()
        except (VisitError, URLError) as error:
            raise CommandError(f"The walk stopped: {error}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

"""`manage.py seed_scale`: a large made-up organisation to measure with."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.portal.scale import FULL, SMALL
from apps.portal.scale.load import is_loaded, load


class Command(BaseCommand):
    """Refuses to run twice: everything it writes stays."""

    help = "Fill the database with 100,000 made-up use cases and what belongs to them, for measuring."

    def add_arguments(self, parser: CommandParser) -> None:
        """How large."""
        parser.add_argument("--small", action="store_true", help="1,000 cases instead of 100,000.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how long it took."""
        if is_loaded():
            raise CommandError("The made-up organisation is loaded already.")
        began = time.monotonic()
        load(SMALL if options["small"] else FULL, self.stdout.write)
        self.stdout.write(f"Loaded in {time.monotonic() - began:.0f} s.")

"""`manage.py load_demo`: the demonstration organisation, as `manage.py demo` starts with it."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.portal.demo import organisation


class Command(BaseCommand):
    """Load what is missing; refuses where there is no data folder to keep the passwords in."""

    help = "Load the demonstration organisation (safe to repeat)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say so."""
        if not os.environ.get("COE_DATA_DIR"):
            raise CommandError("load_demo belongs to the demonstration: run `python3 manage.py demo`.")
        organisation.load()
        self.stdout.write("Demonstration organisation is loaded.")

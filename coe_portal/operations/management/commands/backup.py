"""`manage.py backup DIR`: the whole database and a manifest of what it holds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coe_portal.operations import backup
from coe_portal.operations.programs import ProgramError


class Command(BaseCommand):
    """Exit status 0 with a whole backup in DIR, 1 with the reason otherwise; people may go on working meanwhile."""

    help = "Back the database up into a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up and say what."""
        try:
            made = backup.make(options["folder"])
        except (backup.BackupError, ProgramError) as error:
            raise CommandError(str(error)) from error
        rows = sum(made.tables.values())
        self.stdout.write(
            f"Backed up {rows:,} rows of {len(made.tables)} tables into {options['folder']}; "
            f"the audit trail ends with event {made.audit_sequence}, {made.audit_hash or 'none'}."
        )

"""`manage.py restore DIR`: loads a backup into an empty database and proves it whole."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coe_portal.operations import backup
from coe_portal.operations.programs import ProgramError


class Command(BaseCommand):
    """Exit status 0 when counts and audit chain are those of the manifest, 1 with the reason otherwise."""

    help = "Restore a backup into an empty database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="what `manage.py backup` wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, verify, and say what comes next."""
        try:
            made = backup.restore(options["folder"])
        except (backup.BackupError, ProgramError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored the backup of {made.made_at}: {sum(made.tables.values()):,} rows of {len(made.tables)} tables, "
            f"the audit trail whole up to event {made.audit_sequence}. Run `manage.py migrate` next."
        )

"""`manage.py import_use_cases FILE --profile KEY --as USERNAME`: take over a registry that others keep."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.usecases.importers import profiles, services
from apps.usecases.importers.services import Report
from apps.usecases.models import RowOutcome, Stage


class Command(BaseCommand):
    """Imports all rows of the file or none; a second time, only what the file has changed since."""

    help = "Import use cases from a file of another registry."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--profile", required=True, help=f"one of: {', '.join(profiles.PROFILES)}")
        parser.add_argument("--as", required=True, dest="username", help="who imports, and owns the cases")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the report."""
        file: Path = options["file"]
        try:
            report = services.import_file(
                content=file.read_bytes(), profile=profiles.of(options["profile"]), file_name=file.name,
                by=_person(options["username"]), dry_run=options["dry_run"],
            )  # fmt: skip
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(_lines(report, dry_run=options["dry_run"])))


def _person(username: str) -> User:
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active person with the user name {username}.")
    return person


def _lines(report: Report, *, dry_run: bool) -> list[str]:
    counts = report.batch.counts
    would = " (nothing was written)" if dry_run else ""
    told = [f"{outcome.label.lower()} {counts[outcome]}" for outcome in RowOutcome]
    stages = [f"{stage.value} {counts['stages'][stage]}" for stage in sorted(Stage) if stage in counts["stages"]]
    return [
        f"{counts['rows']} rows: {', '.join(told)}{would}.",
        *stages,
        f"manual queue {counts['queue']}",
        f"no longer in the file {counts['missing']}",
        f"new business units {counts['units']}",
        *(f"{problem.get_severity_display()}: {problem}" for problem in report.problems),
    ]

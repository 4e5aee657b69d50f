"""`manage.py audit_verify`: checks every link of the audit trail and of its history, and saved heads against them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit import rules, selectors, services
from apps.audit.rules import Head


class Command(BaseCommand):
    """Exit status 0 when every row is as written, 1 with what is wrong otherwise."""

    help = "Verify the hash chains of the audit trail and of its history, also against heads saved elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the saved heads are."""
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="FILE|SEQUENCE:HASH",
            help="a head that `audit_head` once printed, or a file of them, one a line; may be given several times",
        )

    def handle(self, *args: Any, head: list[str], **options: Any) -> None:
        """Verify and say so."""
        saved = [found for given in head for found in self._read(given)]
        broken = services.verify(saved)
        if broken:
            raise CommandError("The audit trail is not as written.\n" + "\n".join(str(place) for place in broken))
        ends = ", ".join(f"{head.sequence} {head.chain}" for head, _ in selectors.heads()) or "no events"
        self.stdout.write(f"The audit trail is whole: {ends}; {len(saved)} saved heads fit.")
        if not saved:
            self.stdout.write("Without a saved head (--head), rows cut off at the end cannot be noticed.")

    def _read(self, given: str) -> list[Head]:
        try:
            return rules.heads([given] if ":" in given and not Path(given).exists() else self._lines(given))
        except ValueError as error:
            raise CommandError(str(error)) from None

    def _lines(self, name: str) -> list[str]:
        try:
            return Path(name).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from None

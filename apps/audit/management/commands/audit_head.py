"""`manage.py audit_head`: the newest link of each chain, to be kept where the database's owner cannot change it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.audit import selectors


class Command(BaseCommand):
    """One line a chain: `events 12:<hash> <time>` and `history 34:<hash> <time>`; nothing before the first event."""

    help = "Print sequence, hash and time of the newest link of each audit chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The form of the answer."""
        parser.add_argument("--json", action="store_true", help="one JSON list instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the heads."""
        found = selectors.heads()
        if options["json"]:
            rows = [{"chain": h.chain, "sequence": h.sequence, "hash": h.hash, "at": at.isoformat()} for h, at in found]
            self.stdout.write(json.dumps(rows))
            return
        for head, at in found:
            self.stdout.write(f"{head} {at.isoformat()}")

"""`manage.py demo_accounts`: prints the demonstration accounts."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.portal.demo.accounts import ACCOUNTS, read_passwords


class Command(BaseCommand):
    """User name, password and what the account is for."""

    help = "Print the demonstration accounts and their passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line an account."""
        if not os.environ.get("COE_DATA_DIR"):
            raise CommandError("The demonstration is not running: start it with `python3 manage.py demo`.")
        passwords = read_passwords()
        width = max(len(account.username) for account in ACCOUNTS) + 2
        for account in ACCOUNTS:
            roles = ", ".join(role.label for role in account.roles)
            self.stdout.write(f"{account.username:<{width}}{passwords.get(account.username, ''):<20}{roles}")

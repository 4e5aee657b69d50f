"""The demonstration accounts: one a role, with passwords made on this machine and kept in its data folder."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, Team, User

UNIT = ["Operations", "Accounts payable"]
TEAM = "Invoice automation"


@dataclass(frozen=True)
class Account:
    """One demonstration account; its roles hold in the team, or `everywhere`. `lane` is that of a lane reviewer."""

    username: str
    name: str
    roles: tuple[Role, ...]
    staff: bool = False
    superuser: bool = False
    everywhere: bool = False
    lane: Lane | None = None


ACCOUNTS = (
    Account("business-owner", "Demo business owner", (Role.BUSINESS_OWNER,)),
    Account("ai-engineer", "Demo AI engineer", (Role.AI_ENGINEER,)),
    Account("reviewer", "Demo reviewer", (Role.ARCHITECT, Role.STEWARD), staff=True, everywhere=True),
    Account("security-reviewer", "Demo security reviewer", (Role.REVIEWER,), True, everywhere=True, lane=Lane.SECURITY),
    Account("privacy-reviewer", "Demo privacy reviewer", (Role.REVIEWER,), True, everywhere=True, lane=Lane.PRIVACY),
    Account("finance", "Demo finance", (Role.FINOPS,), staff=True, everywhere=True),
    Account("auditor", "Demo auditor", (Role.AUDITOR,), everywhere=True),
    Account("administrator", "Demo administrator", (Role.ADMINISTRATOR,), staff=True, superuser=True, everywhere=True),
)


def passwords_file() -> Path:
    """Where the passwords are; readable by their owner alone."""
    return Path(os.environ["COE_DATA_DIR"]) / "accounts.json"


def read_passwords() -> dict[str, str]:
    """Password by user name; empty before the first start."""
    try:
        kept = json.loads(passwords_file().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(password) for name, password in kept.items()}


def _write_passwords(passwords: dict[str, str]) -> None:
    file = passwords_file()
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(passwords, out, indent=1)
    fresh.replace(file)


def ensure() -> dict[str, User]:
    """Create what is missing and make the kept passwords valid; safe to repeat."""
    passwords = {account.username: secrets.token_urlsafe(12) for account in ACCOUNTS} | read_passwords()
    _write_passwords(passwords)
    team = _team()
    return {account.username: _ensure(account, passwords[account.username], team) for account in ACCOUNTS}


def _team() -> Team:
    known = Team.objects.filter(name=TEAM).first()
    description = "Turns invoices that arrive on paper into entries that nobody has to type."
    unit = accounts.ensure_unit(names=UNIT, by=None)
    return known or accounts.add_team(name=TEAM, unit=unit, description=description, by=None)


def _ensure(account: Account, password: str, team: Team) -> User:
    user = User.objects.filter(username=account.username).first()
    if user is None:
        user = accounts.create_user(
            username=account.username, display_name=account.name, password=password, staff=account.staff,
            superuser=account.superuser, by=None,
        )  # fmt: skip
    elif not user.check_password(password):
        accounts.set_password(user=user, password=password, by=None)
    for role in account.roles:
        accounts.grant(user=user, team=None if account.everywhere else team, role=role, lane=account.lane, by=None)
    return user

"""The passwords and keys of one data folder: generated once, kept in a file of mode 0600."""

import json
import secrets as generator
from dataclasses import asdict, dataclass

from coe_portal.local.console import Problem
from coe_portal.local.paths import DataDir, write_private


@dataclass(frozen=True)
class Secrets:
    """What protects the embedded servers and the sessions of one data folder."""

    database_password: str
    broker_password: str
    secret_key: str


def load_or_create(data: DataDir) -> Secrets:
    """Return the folder's secrets, generated at the first start; raises Problem if the file is damaged."""
    if not data.secrets.exists():
        fresh = Secrets(*(generator.token_urlsafe(size) for size in (24, 24, 48)))
        write_private(data.secrets, json.dumps(asdict(fresh), indent=1) + "\n")
    try:
        return Secrets(**json.loads(data.secrets.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise Problem(f"{data.secrets} is damaged; `python3 manage.py demo_reset` starts afresh.") from error

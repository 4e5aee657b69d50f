"""The passwords and keys of one data folder: generated once, kept in a file of mode 0600."""

import base64
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
    store_key: str


def load_or_create(data: DataDir) -> Secrets:
    """Return the folder's secrets, generated at the first start; raises Problem if the file is damaged."""
    if not data.secrets.exists():
        database, broker, signing = (generator.token_urlsafe(size) for size in (24, 24, 48))
        fresh = Secrets(database, broker, signing, _store_key())
        write_private(data.secrets, json.dumps(asdict(fresh), indent=1) + "\n")
    try:
        found = json.loads(data.secrets.read_text(encoding="utf-8"))
        if "store_key" not in found:  # of a folder from before there was one
            found["store_key"] = _store_key()
            write_private(data.secrets, json.dumps(found, indent=1) + "\n")
        return Secrets(**found)
    except (ValueError, TypeError) as error:
        raise Problem(f"{data.secrets} is damaged; `python3 manage.py demo_reset` starts afresh.") from error


def _store_key() -> str:
    """A key of the store of credentials, as COE_SECRET_KEYS writes it."""
    return base64.b64encode(generator.token_bytes(32)).decode()

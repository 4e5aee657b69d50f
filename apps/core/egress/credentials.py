"""Credentials by reference: `env:NAME`, `file:/path`, `store:name`; the secret is read when it is sent."""

import os
import re
from pathlib import Path, PurePosixPath

from django.conf import settings

from apps.core.egress import sources
from apps.core.egress.errors import CredentialError
from apps.core.egress.permits import normal

_STORE_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_LONGEST = 16_384  # bytes of a secret in a file


def problem(reference: str, *, prefix: str, folder: str) -> str:
    """What is wrong with naming `reference`, in words, or "": variables start with `prefix`, files lie in `folder`."""
    kind, _, name = normal(reference).partition(":")
    if not reference:
        return ""
    if kind == "env":
        fine = name.startswith(prefix) and name.isascii() and name.replace("_", "").isalnum()
        return (
            ""
            if fine
            else f"Name an environment variable of the workers that starts with {prefix}, never the key itself."
        )
    if kind == "file":
        path = PurePosixPath(name)
        plain = ".." not in path.parts and name.isprintable() and name.isascii() and "+" not in name
        return "" if plain and path.is_relative_to(folder) else f"Name a file below {folder}, never the key itself."
    if kind == "store":
        fine = bool(_STORE_NAME.fullmatch(name))
        return "" if fine else "Name a stored secret by its short name: lower-case letters, digits, - and _."
    return "Name a credential as env:NAME, file:/path or store:name, never the key itself."


def read(reference: str) -> str:
    """The secret behind `reference`. Raises CredentialError, whose words name the reference alone."""
    reference = normal(reference)
    if why := problem(reference, prefix=settings.ENDPOINT_KEY_PREFIX, folder=settings.SECRET_FILES):
        raise CredentialError(why)
    kind, _, name = reference.partition(":")
    found = {"env": _from_environment, "file": _from_file, "store": _from_store}[kind](name)
    if not found or not found.isascii() or not found.isprintable():
        raise CredentialError(f"The secret {reference} is empty or not one line of plain characters.")
    return found


def _from_environment(name: str) -> str:
    if name not in os.environ:
        raise CredentialError(f"The worker's environment has no {name}.")
    return os.environ[name]


def _from_file(name: str) -> str:
    try:
        # Kubernetes mounts secrets as links, which is well as long as they stay below the folder.
        path = Path(name).resolve(strict=True)
        inside = path.is_relative_to(Path(settings.SECRET_FILES).resolve()) and path.is_file()
        raw = path.read_bytes() if inside and path.stat().st_size <= _LONGEST else b""
        return raw.decode("ascii").rstrip("\r\n")
    except (OSError, ValueError):
        raise CredentialError(f"The file {name} cannot be read here, or holds no plain line.") from None


def _from_store(name: str) -> str:
    found = sources.stored(name)
    if found is None:
        raise CredentialError("This site keeps no secrets of its own.")
    return found

"""Typed readers of environment variables that refuse ambiguity instead of guessing."""

import ipaddress
import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

_TRUE, _FALSE = frozenset({"1", "true", "on", "yes"}), frozenset({"0", "false", "off", "no"})


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default, an unset or empty variable is an error."""
    value = os.environ.get(name, "") or default
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, default: bool) -> bool:
    """A yes/no variable; anything but 1/0, true/false, on/off, yes/no is an error."""
    value = os.environ.get(name, "").strip().lower()
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if value:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return default


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks removed."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str, default: str = "") -> list[str]:
    """A comma-separated list of addresses and networks such as 10.0.0.0/8; anything else is an error."""
    try:
        return [str(ipaddress.ip_network(word)) for word in words(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None


def keyring(name: str, default: str | None = None) -> dict[str, str]:
    """Secrets by their short ids, from `id:value,id2:value`; the first is the one in use, others may still be checked.

    A value has 32 characters at least and no comma; anything else is an error that shows no value.
    """
    ring: dict[str, str] = {}
    for entry in text(name, default).split(","):
        key, _, value = entry.strip().partition(":")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", key) or len(value) < 32 or key in ring:
            raise ImproperlyConfigured(
                f"{name}: write id:value,id2:value with distinct ids of up to 20 letters, digits, - and _, "
                "and values of at least 32 characters."
            )
        ring[key] = value
    return ring


def mail(name: str, default: str) -> dict[str, Any]:
    """Django's mail settings from `smtp://[user:password@]host[:port]` or `smtps://…`.

    `console:` prints instead, `none:` drops. `smtp` turns to TLS with STARTTLS unless the address ends in `?tls=off`;
    `smtps` speaks TLS from the first byte.
    """
    url = text(name, default)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} is no address such as smtps://user:password@mail.example.org.") from None
    if parts.scheme in ("console", "none"):
        kind = {"console": "console", "none": "dummy"}[parts.scheme]
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{kind}.EmailBackend"}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.query not in ("", "tls=off"):
        raise ImproperlyConfigured(f"{name} must be smtp:// or smtps:// with a host, or console:, or none:.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not parts.query,
    }


def database(name: str) -> dict[str, Any]:
    """Django's database settings from a `postgresql://` URL."""
    try:
        info = conninfo_to_dict(text(name))
    except Exception as error:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL.") from error
    known = ("dbname", "user", "password", "host", "port")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": info.get("dbname", ""),
        "USER": info.get("user", ""),
        "PASSWORD": info.get("password", ""),
        "HOST": info.get("host", ""),
        "PORT": str(info.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5} | {key: value for key, value in info.items() if key not in known},
    }

"""Which addresses the portal may call."""

from collections.abc import Collection
from urllib.parse import urlsplit


def address_problem(url: str, *, allowed: Collection[str]) -> str:
    """What is wrong with calling `url`, in words, or "". `allowed` holds `host` or `host:port` entries."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        return "This is not a web address. Write it like https://models.example.org/v1."
    if parts.scheme not in ("http", "https") or not host:
        return "Write a web address that starts with https:// or http://."
    if parts.username or parts.password:
        return "Put no user name or password into the address; name a key variable instead."
    if parts.query or parts.fragment:
        return "Leave out everything from ? or # on."
    if host not in allowed and f"{host}:{port}" not in allowed:
        return f"The host {host} is not on the portal's list of permitted hosts. Ask an administrator to add it."
    return ""

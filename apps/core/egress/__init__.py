"""Every outgoing HTTP call: where it may go, with which credential, and the one client that makes it.

Settings read this package before Django is set up, so only what needs no settings is imported here.
"""

from collections.abc import Mapping

from apps.core.egress.errors import CredentialError, EgressError, RefusedError, ReplyError, UnreachableError
from apps.core.egress.permits import address_problem, checked
from apps.core.egress.replies import Reply

__all__ = [
    "CredentialError", "EgressError", "RefusedError", "Reply", "ReplyError", "UnreachableError", "address_problem",
    "checked", "send",
]  # fmt: skip


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    purpose: str,
    timeout: float = 15.0,
    credential: str = "",
) -> Reply:
    """Make one call from synchronous code and read its answer; a redirect is an answer, and is never followed.

    `timeout` is in seconds for all of it. Raises RefusedError, CredentialError, UnreachableError, ReplyError.
    """
    from apps.core.egress import sync  # settings import this package, and the client needs settings

    found = sync.fetch(method, url, headers=headers, body=body, purpose=purpose, timeout=timeout, credential=credential)
    return Reply(found.status, found.body[: Reply.START].decode("utf-8", "replace"))

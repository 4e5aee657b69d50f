"""Answers kept for repeated requests: the same key gives the same answer for a day, and does nothing twice."""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.core.errors import ConflictError, InvalidError
from apps.core.models import IdempotentReply

KEPT = timedelta(hours=24)


class KeyReusedError(InvalidError):
    """The key stands for another request."""

    code = "idempotency-key-reused"


class KeyInUseError(ConflictError):
    """The first request with the key is still at work."""

    code = "idempotency-key-in-use"


def find(*, caller: str, key: str, fingerprint: str) -> IdempotentReply | None:
    """The kept answer, or None; the key is the caller's alone until the transaction ends.

    Raises KeyInUseError while another transaction holds the key, KeyReusedError when it stands for another request.
    """
    if not _hold(caller, key):
        raise KeyInUseError("The first request with this Idempotency-Key is still at work. Send it again in a moment.")
    reply = IdempotentReply.objects.filter(caller=caller, key=key, created_at__gt=timezone.now() - KEPT).first()
    if reply and reply.fingerprint != fingerprint:
        raise KeyReusedError("This Idempotency-Key stands for another request. Use a new one for each thing you do.")
    return reply


def keep(*, caller: str, key: str, fingerprint: str, status: int, headers: dict[str, Any], body: str) -> None:
    """Keep an answer in the transaction of what was done, so that both stay or neither."""
    IdempotentReply.objects.update_or_create(
        caller=caller,
        key=key,
        defaults={
            "fingerprint": fingerprint, "status": status, "headers": headers, "body": body,
            "created_at": timezone.now(),
        },
    )  # fmt: skip


@transaction.atomic
def forget_old() -> int:
    """Delete answers older than a day; returns how many."""
    return IdempotentReply.objects.filter(created_at__lte=timezone.now() - KEPT).delete()[0]


def _hold(caller: str, key: str) -> bool:
    """Take the key's advisory lock without waiting; waiting here could deadlock with the locks of the deed itself."""
    digest = hashlib.sha256(f"{caller} {key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
        row: tuple[bool] = cursor.fetchone()
    return row[0]

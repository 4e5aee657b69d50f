"""Doorbell of the mechanics that all apps share."""

from apps.core import replies
from worker.task import answers


@answers("core.forget_replies")
def forget_replies() -> None:
    """Delete answers kept for idempotency keys that nobody may repeat any more."""
    replies.forget_old()

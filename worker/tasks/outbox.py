"""Doorbell of the outbox."""

from apps.outbox import services as outbox
from apps.portal.reactions import REACTIONS
from worker.task import answers


@answers("outbox.drain")
def drain() -> None:
    """React to what is due."""
    outbox.drain(REACTIONS)

"""Which task answers which doorbell, and where it waits unless the ringer names a queue."""

from typing import NamedTuple

from worker.queues import CPU, GPU


class Bell(NamedTuple):
    """A task's name and its usual queue."""

    task: str
    queue: str


DOORBELLS = {
    "compute.work": Bell("compute.work", GPU),
    "compute.ring_again": Bell("compute.ring_again", CPU),
    "outbox.drain": Bell("outbox.drain", CPU),
}

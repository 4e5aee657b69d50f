"""The one list of queues. A worker names those it serves; evaluations and benchmarks wait in `gpu`."""

from kombu.entity import Queue

CPU, GPU = "cpu", "gpu"
QUEUES = tuple(Queue(name) for name in (CPU, GPU))  # type: ignore[no-untyped-call]  # kombu is untyped

"""The one list of queues. A worker names those it serves; evaluations and benchmarks wait in `gpu`."""

from kombu import Queue

CPU, GPU = "cpu", "gpu"
QUEUES = (Queue(CPU), Queue(GPU))

"""Whether this worker is told to stop: the parent of the pool says it, its processes see it.

One byte of shared memory, made before the pool forks. A signal handler may write it at any moment, which is not true
of a lock, and it reaches a process that was forked later as well.
"""

import mmap

_FLAG = mmap.mmap(-1, 1)


def ask() -> None:
    """Tell the engines of this worker to hand their jobs back."""
    _FLAG[0] = 1


def asked() -> bool:
    """Whether the worker is stopping."""
    return bool(_FLAG[0])

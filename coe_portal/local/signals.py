"""What Ctrl-C, SIGTERM and a closed terminal do: interrupt the work, never the clearing up."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def handled(handler: Handler = _interrupt) -> Iterator[None]:
    """Give the ending signals to `handler` (default: raise KeyboardInterrupt); a `nohup` is respected."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, old in before.items():
        if number != signal.SIGHUP or old is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def shielded() -> Iterator[None]:
    """Ignore the ending signals while processes are stopped and files removed."""
    with handled(lambda _number, _frame: None):
        yield

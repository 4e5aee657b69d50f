"""Short progress lines with timings, and the error whose message is all the reader needs."""

import sys
import time
from contextlib import suppress

_STARTED = time.monotonic()


class Problem(Exception):
    """A local command cannot go on; the message says why and what to do."""


def say(text: str) -> None:
    """Print one progress line with the seconds since the command started; a closed output is no error."""
    line(f"[{time.monotonic() - _STARTED:6.1f} s] {text}")


def line(text: str) -> None:
    """Print a plain line at once; a closed output (the terminal is gone) is no error."""
    with suppress(OSError):  # tearing down must go on without a terminal
        print(text, flush=True)


def complain(text: str) -> None:
    """Print a line on the error stream."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)

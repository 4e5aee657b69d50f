"""When a job stops being tried."""

from collections.abc import Sequence

# A job whose worker dies this often in a row without storing one result would die for ever.
FRUITLESS_ATTEMPTS = 5


def is_hopeless(stored_per_attempt: Sequence[int]) -> bool:
    """True when the last attempts, oldest first, all ended without a stored result."""
    last = stored_per_attempt[-FRUITLESS_ATTEMPTS:]
    return len(last) == FRUITLESS_ATTEMPTS and not any(last)

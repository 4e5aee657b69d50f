"""How often one caller may ask: a count for each window of time, in Django's cache."""

import time

from django.conf import settings
from django.core.cache import cache

from apps.core.hashing import sha256_hex

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def seconds_to_wait(scope: str, who: str) -> int:
    """Count one request of `who` in `scope`; 0 while it is within the rate, else the seconds until the next window."""
    most, length = parsed(settings.API_RATES[scope])
    now = time.time()
    key = f"rate:{scope}:{sha256_hex([who, int(now // length)])}"
    cache.add(key, 0, timeout=length)
    try:
        count = cache.incr(key)
    except ValueError:  # the window ended between the two calls
        return 0
    return 0 if count <= most else int(length - now % length) + 1


def parsed(rate: str) -> tuple[int, int]:
    """Requests and seconds of a rate such as `1200/minute`. Raises ValueError."""
    most, _, length = rate.partition("/")
    if length not in _SECONDS or not most.isdecimal():
        raise ValueError(f"{rate!r} is no rate; write a number, a slash, and second, minute, hour or day.")
    return int(most), _SECONDS[length]

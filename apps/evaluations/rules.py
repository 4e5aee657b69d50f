"""Statistics of a run and the verdict it earns."""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval of a share, both ends from 0 to 1."""

    low: float
    high: float


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Wilson score interval of `successes` out of `n` (Wilson 1927); [0, 1] when nothing was tried."""
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, z2n = successes / n, z * z / n
    centre = (share + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * sqrt(share * (1 - share) / n + z2n / (4 * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def passes(successes: int, n: int, *, threshold: Decimal) -> bool:
    """Whether the run shows at least `threshold`: the lower end of the 95 % interval must reach it."""
    return n > 0 and Decimal(repr(wilson(successes, n).low)) >= threshold


def poll_seconds(age: float) -> int:
    """Seconds until a page asks again how a run stands that is `age` seconds old: 2, then 5, then 15."""
    return 2 if age < 30 else 5 if age < 180 else 15

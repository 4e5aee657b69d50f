"""How large the made-up organisation is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Rows of each kind. `memberships` is the number of teams a person is in."""

    cases: int
    prompts: int
    people: int
    teams: int
    units: int
    endpoints: int
    datasets: int
    reviews: int
    runs: int
    comments: int
    memberships: int


FULL = Size(
    cases=100_000, prompts=5_000, people=2_000, teams=500, units=200, endpoints=60, datasets=300, reviews=20_000,
    runs=3_000, comments=10_000, memberships=20,
)  # fmt: skip
SMALL = Size(
    cases=1_000, prompts=100, people=60, teams=20, units=12, endpoints=6, datasets=10, reviews=200, runs=60,
    comments=100, memberships=5,
)  # fmt: skip

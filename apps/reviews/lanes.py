"""The review lanes: a new lane is one line here and a mention in a gate of the app that asks for it."""

from dataclasses import dataclass

from apps.accounts import access
from apps.accounts.models import Membership, Role
from apps.core.models import Viewer

BOARD = "board"


@dataclass(frozen=True)
class Lane:
    """One point of view that must decide; lane reviewers of this lane decide in it, and people with `role`, if any."""

    key: str
    title: str
    role: Role | None = None


LANES: dict[str, Lane] = {
    lane.key: lane
    for lane in (
        Lane("steward", "Steward", Role.STEWARD),
        Lane("architecture", "Architecture", Role.ARCHITECT),
        Lane("security", "Security"),
        Lane("privacy", "Privacy"),
        Lane("finance", "Finance", Role.FINOPS),
        Lane("legal", "Legal"),
        Lane(BOARD, "Board"),
    )
}


def title(key: str) -> str:
    """The lane in words, also one that is no longer listed."""
    return LANES[key].title if key in LANES else key.capitalize()


def roles(key: str) -> tuple[Role, ...]:
    """The roles whose holders decide in the lane; a lane reviewer in their own lane alone."""
    known = LANES.get(key)
    return (known.role, Role.REVIEWER) if known and known.role else (Role.REVIEWER,)


def deciding(user: Viewer, lane: str) -> list[Membership]:
    """The person's memberships that let them decide in the lane `lane`, each where it holds."""
    return access.held(user, *roles(lane), lane=lane)

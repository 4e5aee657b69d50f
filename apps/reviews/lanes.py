"""The review lanes: a new lane is one line here and a mention in a gate of the app that asks for it."""

from dataclasses import dataclass

from apps.accounts import access
from apps.accounts.models import Membership, Role
from apps.core.models import Viewer


@dataclass(frozen=True)
class Lane:
    """One point of view that must decide; people with `role`, and lane reviewers of this lane, may decide in it."""

    key: str
    title: str
    role: Role


LANES: dict[str, Lane] = {
    lane.key: lane
    for lane in (
        Lane("steward", "Steward", Role.STEWARD),
        Lane("architecture", "Architecture", Role.ARCHITECT),
    )
}


def deciding(user: Viewer, lane: str) -> list[Membership]:
    """The person's memberships that let them decide in the lane `lane`, each where it holds."""
    known = LANES.get(lane)
    roles = (known.role, Role.REVIEWER) if known else (Role.REVIEWER,)
    return access.held(user, *roles, lane=lane)

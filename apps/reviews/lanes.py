"""The review lanes: a new lane is one line here and a mention in a gate of the app that asks for it."""

from dataclasses import dataclass

from apps.accounts.models import Role


@dataclass(frozen=True)
class Lane:
    """One point of view that must decide; people with `role` may decide in it."""

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

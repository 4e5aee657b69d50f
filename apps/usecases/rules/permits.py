"""Who may give a finding of a lane and set another tier: why not, in words, from what somebody is to the case."""

from dataclasses import dataclass
from typing import Literal

from apps.usecases.models import Tier
from apps.usecases.rules.questions import Field

TierVerb = Literal["raise", "lower", "confirm", "decline"]


@dataclass(frozen=True)
class Bearing:
    """What somebody is to a case when its tier is set.

    `decides` holds a role that decides on reviews of it, `heads_risk` is a steward or of the stewards' lane, `has_part`
    owns, sponsors, contributes or has edited, or once did. `proposed` made the proposal that waits. `deciders` are the
    roles that decide, as people call them.
    """

    is_person: bool
    decides: bool
    heads_risk: bool
    has_part: bool
    proposed: bool
    deciders: str


def why_not_find(field: Field, *, in_lane: bool, has_part: bool) -> str:
    """Why somebody may neither give nor take back the finding that answers the field, "" where they may."""
    if not in_lane:
        return f"Only a reviewer of the {field.lane} lane may answer: {field.label}."
    return f"You have a part in this case, so another reviewer must answer: {field.label}." if has_part else ""


def why_not_set(verb: TierVerb, who: Bearing) -> str:
    """Why somebody may not do this with the tier of a case, "" where they may; one's own proposal is always taken back.

    Raising takes one reviewer, lowering the stewards' lane and then another reviewer, neither with a part in the case.
    """
    if not who.is_person:
        return "Programs do not decide on a tier; a person does."
    if verb == "lower" and not who.heads_risk:
        return "Only a steward, or a reviewer of the stewards' lane, may propose a lower tier here."
    if verb != "lower" and not (who.decides or (verb == "decline" and who.proposed)):
        return (
            f"Only the role {who.deciders} of its team or unit may decide on the tier of this case. Ask an "
            "administrator for it, or its team to share it with yours."
        )
    if verb in ("lower", "confirm") and who.has_part:
        return "You have or had a part in this case, so another person must lower its tier."
    if verb == "confirm" and who.proposed:
        return "You proposed this, so a second person must confirm it."
    return ""


def why_not_lowered(tier: str, *, provisional: bool) -> str:
    """Why nobody may overrule what the rules say, "" where two people may."""
    if provisional:
        return "The tier is provisional. Answer what is open first: that may lower it by itself."
    if tier == Tier.PROHIBITED:
        return "Nobody lowers what the law prohibits. If it is no such practice, legal answers so."
    return ""

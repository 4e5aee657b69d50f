"""Every verb of reviews: asking, deciding, what ends an approval, people, conditions, break-glass, the clock."""

from apps.reviews.selectors import CHANGED
from apps.reviews.services.clock import remind
from apps.reviews.services.conditions import ConditionAsk, meet_condition, verify_condition
from apps.reviews.services.deciding import decide, overturn, refuse_late
from apps.reviews.services.ending import expire, revoke, void_if_changed, withdraw
from apps.reviews.services.glass import (
    break_glass,
    check_may_break_glass,
    forbid_break_glass,
    may_break_glass,
    permit_break_glass,
)
from apps.reviews.services.opening import open_request
from apps.reviews.services.people import delegate, end_delegation, recuse, remove_lane_head, set_lane_head
from apps.reviews.services.requests import open_for

__all__ = [
    "CHANGED", "ConditionAsk", "break_glass", "check_may_break_glass", "decide", "delegate", "end_delegation", "expire",
    "forbid_break_glass", "may_break_glass", "meet_condition", "open_for", "open_request", "overturn",
    "permit_break_glass", "recuse", "refuse_late", "remind", "remove_lane_head", "revoke", "set_lane_head",
    "verify_condition", "void_if_changed", "withdraw",
]  # fmt: skip

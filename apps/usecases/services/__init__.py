"""The verbs of the registry."""

from apps.usecases.services.cases import (
    LONGEST_PURPOSE,
    Record,
    change_imported,
    check_audience,
    edit,
    register,
    register_imported,
)
from apps.usecases.services.drafts import DRAFTED, discard_draft, register_drafted, save_draft
from apps.usecases.services.gates import (
    advance,
    break_glass,
    keep_current,
    reopen,
    reopen_changed,
    submit,
    why_not_break_glass,
)
from apps.usecases.services.joining import LONGEST_REQUEST, ask_to_join
from apps.usecases.services.record import WRITTEN, add_row, answer, change_row, remove_row
from apps.usecases.services.reminding import remind_of_reviews
from apps.usecases.services.saving import Rights, check_may_edit, check_may_speak_for, check_may_write, rights
from apps.usecases.services.stages import REVIEW_WITHIN, check_may_decide_stage, check_stage_is_asked, decide_stage
from apps.usecases.services.tiers import confirm_lower_tier, decline_lower_tier, propose_lower_tier, raise_tier

__all__ = [
    "DRAFTED",
    "LONGEST_PURPOSE",
    "LONGEST_REQUEST",
    "REVIEW_WITHIN",
    "WRITTEN",
    "Record",
    "Rights",
    "add_row",
    "advance",
    "answer",
    "ask_to_join",
    "break_glass",
    "change_imported",
    "change_row",
    "check_audience",
    "check_may_decide_stage",
    "check_may_edit",
    "check_may_speak_for",
    "check_may_write",
    "check_stage_is_asked",
    "confirm_lower_tier",
    "decide_stage",
    "decline_lower_tier",
    "discard_draft",
    "edit",
    "keep_current",
    "propose_lower_tier",
    "raise_tier",
    "register",
    "register_drafted",
    "register_imported",
    "remind_of_reviews",
    "remove_row",
    "reopen",
    "reopen_changed",
    "rights",
    "save_draft",
    "submit",
    "why_not_break_glass",
]

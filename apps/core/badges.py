"""A status as pages show it: a word with a tone, and the tone picks icon and colour."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html

from apps.core.marks import icon

_TONES = {
    "good": (
        "approved",
        "approve",
        "approved_conditions",
        "approve_conditions",
        "conditional",
        "carried",
        "verified",
        "cleared",
        "done",
        "passed",
        "correct",
        "production",
        "live",
    ),
    "info": ("in_review", "running", "queued", "open", "handed_in"),
    "warning": ("changes_requested", "request_changes", "lapsed", "voided", "missing", "changes", "expired"),
    "bad": ("rejected", "reject", "failed", "wrong", "error", "revoked", "refused"),
}
# Verbs read better as what has happened.
_WORDS = {
    "approve": "Approved", "approve_conditions": "Approved with conditions", "reject": "Rejected",
    "request_changes": "Asked for changes",
}  # fmt: skip
_TONE_OF = {state: tone for tone, states in _TONES.items() for state in states}


@dataclass(frozen=True)
class Badge:
    """Icon, word and colour, drawn wherever a template names it; `tone` is good, info, warning, bad or neutral."""

    word: str
    tone: str

    def __str__(self) -> str:
        return self.word

    def __html__(self) -> str:
        return _drawn(self.tone, self.word)


@lru_cache(maxsize=512)  # there are few, and pages draw them by the hundred
def _drawn(tone: str, word: str) -> str:
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(tone), word)


def badge(state: str, word: str = "") -> Badge:
    """The badge of a state value such as `in_review`; an unknown state is neutral."""
    words = word or _WORDS.get(state) or state.replace("_", " ").capitalize()
    return Badge(words, _TONE_OF.get(state.lower(), "neutral"))

"""What people and other systems can be told of: a new event is one line here and one in the portal's reactions."""

from dataclasses import dataclass

NEVER, AT_ONCE, DAILY = "never", "at_once", "daily"


@dataclass(frozen=True)
class Event:
    """One thing that happens; `mail` is how people are written to unless they choose otherwise.

    `label` says it to the person it concerns, `elsewhere` to a team or another system. What is `personal` concerns one
    person and is never sent to a channel of a team or to another system.
    """

    name: str
    label: str
    mail: str = NEVER
    in_app: bool = True
    personal: bool = False
    elsewhere: str = ""

    @property
    def public_label(self) -> str:
        """The event in words for a team or another system."""
        return self.elsewhere or self.label


EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        Event("review.requested", "A review waits for a decision", AT_ONCE),
        Event("review.decided", "A reviewer has decided", AT_ONCE),
        Event("review.voided", "A review was voided: its content changed, or it lost what it rests on", AT_ONCE),
        Event("review.carried", "A review was approved at once, since nothing that its lanes watch has changed"),
        Event("review.reminded", "A review that I may decide is due soon", AT_ONCE, elsewhere="A review is due soon"),
        Event(
            "review.escalated",
            "A review is overdue, or has come to me because nobody of its lane may decide it",
            AT_ONCE,
            elsewhere="A review is overdue, or nobody of its lane may decide it",
        ),
        Event("review.revoked", "An approval was revoked", AT_ONCE),
        Event("review.overturned", "The board overturned a rejection", AT_ONCE),
        Event("review.condition", "A condition of an approval was handed in, verified or refused", AT_ONCE),
        Event("review.condition_due", "A condition of an approval is due soon or overdue", AT_ONCE),
        Event(
            "review.glass_broken", "Somebody lets something through a gate before its review", AT_ONCE, personal=True
        ),
        Event("review.delegated", "Somebody delegates a review lane to me", AT_ONCE, personal=True),
        Event("run.finished", "An evaluation has finished"),
        Event("run.failed", "An evaluation has failed", AT_ONCE),
        Event("comment.mentioned", "Somebody mentions me", AT_ONCE, personal=True),
        Event("comment.added", "Somebody comments on what I own or commented on", DAILY, elsewhere="Somebody comments"),
        Event("use_case.changed", "Somebody changes a use case of mine", DAILY, elsewhere="A use case changes"),
        Event(
            "use_case.review_due",
            "A use case of mine must be reviewed by a day",
            AT_ONCE,
            elsewhere="A use case must be reviewed by a day",
        ),
        Event("use_case.join_asked", "Somebody asks to join a use case of mine", AT_ONCE, personal=True),
        Event("token.expiring", "A token of mine is about to expire", AT_ONCE, personal=True),
        Event("break_glass.used", "Somebody signs in by password past single sign-on", AT_ONCE, personal=True),
        Event("user.deactivated", "Somebody leaves whose work needs a new owner", AT_ONCE, personal=True),
        Event("webhook.disabled", "A webhook or channel of mine was switched off", AT_ONCE, personal=True),
    )
}
# What a webhook or channel may ask for.
PUBLIC = tuple(event.name for event in EVENTS.values() if not event.personal)

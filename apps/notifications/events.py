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
        Event("review.voided", "A review was voided, because the content changed", AT_ONCE),
        Event("run.finished", "An evaluation has finished"),
        Event("run.failed", "An evaluation has failed", AT_ONCE),
        Event("comment.mentioned", "Somebody mentions me", AT_ONCE, personal=True),
        Event("comment.added", "Somebody comments on what I own or commented on", DAILY, elsewhere="Somebody comments"),
        Event("use_case.changed", "Somebody changes a use case of mine", DAILY, elsewhere="A use case changes"),
        Event("token.expiring", "A token of mine is about to expire", AT_ONCE, personal=True),
        Event("break_glass.used", "Somebody signs in by password past single sign-on", AT_ONCE, personal=True),
        Event("user.deactivated", "Somebody leaves whose work needs a new owner", AT_ONCE, personal=True),
        Event("webhook.disabled", "A webhook or channel of mine was switched off", AT_ONCE, personal=True),
    )
}
# What a webhook or channel may ask for.
PUBLIC = tuple(event.name for event in EVENTS.values() if not event.personal)

"""When to try again and when to give up, how messages are signed and worded, and when the digest goes out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook

# Standard Webhooks: seconds to wait after each failed attempt, about three days in all.
_PAUSES = tuple(timedelta(seconds=n) for n in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
MOST_ATTEMPTS = len(_PAUSES) + 1
_JITTER = 0.2
# An endpoint that answered nothing well for so long, and has been tried so often, is switched off.
_DEAD_AFTER, _DEAD_ATTEMPTS = timedelta(days=3), 5
_MAIL_PAUSE, _LONGEST_MAIL_PAUSE, MOST_MAILS = timedelta(minutes=1), timedelta(hours=6), 12
DIGEST_AT = time(7)  # UTC
MOST_IN_DIGEST = 100
_GONE = 410


def pause(attempts: int, *, chance: float) -> timedelta | None:
    """How long to wait after so many failed attempts, None to give up.

    `chance`, from 0 to 1, spreads it by a fifth either way, so that what failed together does not come back together.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    return _PAUSES[attempts - 1] * (1 - _JITTER + 2 * _JITTER * chance)


def mail_pause(attempts: int) -> timedelta | None:
    """How long to wait after so many mails that the server did not take, None to give up."""
    return None if attempts >= MOST_MAILS else min(_MAIL_PAUSE * 2 ** (attempts - 1), _LONGEST_MAIL_PAUSE)


def is_dead(*, failing_since: datetime, attempts: int, on: datetime) -> bool:
    """Whether an endpoint that failed again after so many attempts at one message is to be switched off."""
    return attempts >= _DEAD_ATTEMPTS and on - failing_since >= _DEAD_AFTER


def answer_class(status: int) -> str:
    """All that is kept of a status: `4xx` for 404."""
    return f"{status // 100}xx"


def is_taken(status: int) -> bool:
    """Whether the receiver took the message; a redirect is no success, since it is not followed."""
    return status // 100 == 2


def is_gone(status: int) -> bool:
    """Whether the receiver wants nothing more, ever."""
    return status == _GONE


def signed(body: bytes, *, message: str, at: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of Standard Webhooks, with one signature a secret, oldest first."""
    text = body.decode()
    signatures = [Webhook(secret).sign(message, at, text) for secret in secrets]
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def slack_message(*, title: str, why: str, url: str) -> dict[str, Any]:
    """A message for Slack in which people's words are plain text, so that they can neither mention nor link."""
    return {
        "text": _for_slack(title),
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": title[:3000], "emoji": False}},
            {"type": "context", "elements": [{"type": "plain_text", "text": why, "emoji": False}]},
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<{url}|Open in the portal>"}},
        ],
    }


def _for_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams_message(*, title: str, why: str, url: str) -> dict[str, Any]:
    """An Adaptive Card for a Workflows address of Microsoft Teams; people's words stand in runs without Markdown."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [_run(title, weight="Bolder"), _run(why, isSubtle=True)],
        "actions": [{"type": "Action.OpenUrl", "title": "Open in the portal", "url": url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def mail_subject(title: str) -> str:
    """One line of at most 150 characters."""
    words = " ".join(title.split())
    return words if len(words) <= 150 else f"{words[:149]}…"


def mail_text(*, title: str, why: str, url: str, settings_url: str) -> str:
    """The mail about one notification: what, where, and why it was sent."""
    return f"{title}\n\n{url}\n\n-- \nYou get this mail because {why}.\nChange what you are told: {settings_url}\n"


def digest_text(lines: Sequence[Mapping[str, str]], *, more: int, settings_url: str) -> str:
    """The daily mail: `title`, `why` and `url` of each notification; `more` were left out."""
    parts = [f"{line['title']}\n{line['url']}\nbecause {line['why']}\n" for line in lines]
    if more:
        parts.append(f"And {more} more in the portal.\n")
    return "\n".join([*parts, f"-- \nOnce a day, as you chose. Change what you are told: {settings_url}\n"])


def next_digest(on: datetime) -> datetime:
    """When the digest that holds something of `on` goes out."""
    today = on.replace(hour=DIGEST_AT.hour, minute=0, second=0, microsecond=0)
    return today if on < today else today + timedelta(days=1)

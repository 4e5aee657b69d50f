"""When to try again, how messages are signed and worded, when the digest goes out."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.notifications import rules

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST, SECOND = "whsec_" + "QUFB" * 8, "whsec_" + "QkJC" * 8


def test_pauses_grow_over_days_and_then_there_are_no_more() -> None:
    pauses = [rules.pause(number, chance=0.5) for number in range(1, rules.MOST_ATTEMPTS + 1)]
    assert pauses[-1] is None
    waits = [pause for pause in pauses if pause]
    assert waits == sorted(waits)
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_a_pause_is_spread_by_a_fifth(chance: float, share: float) -> None:
    assert rules.pause(2, chance=chance) == timedelta(seconds=300) * share


def test_an_endpoint_is_dead_after_days_and_several_attempts_only() -> None:
    long_ago, lately = NOON - timedelta(days=3), NOON - timedelta(hours=71)
    assert rules.is_dead(failing_since=long_ago, attempts=5, on=NOON)
    assert not rules.is_dead(failing_since=long_ago, attempts=4, on=NOON)
    assert not rules.is_dead(failing_since=lately, attempts=9, on=NOON)


@pytest.mark.parametrize(("status", "taken", "gone"), [
    (200, True, False), (204, True, False), (301, False, False), (404, False, False), (410, False, True),
    (500, False, False),
])  # fmt: skip
def test_only_success_takes_a_message(status: int, taken: bool, gone: bool) -> None:
    assert (rules.is_taken(status), rules.is_gone(status)) == (taken, gone)


def test_every_secret_verifies_the_message_and_no_other_does() -> None:
    body = json.dumps({"type": "x", "data": {"title": "Müller"}}, ensure_ascii=False).encode()
    headers = rules.signed(body, message="m-1", at=timezone.now(), secrets=[FIRST, SECOND])
    for secret in (FIRST, SECOND):
        assert Webhook(secret).verify(body, headers)["type"] == "x"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "Q0ND" * 8).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(body, {**headers, "webhook-id": "m-2"})


def test_a_slack_message_neither_mentions_nor_links_in_peoples_words() -> None:
    message = rules.slack_message(title="<!channel> *b* <https://evil.example|x> & more", why="y", url="https://p/x")
    assert message["text"] == "&lt;!channel&gt; *b* &lt;https://evil.example|x&gt; &amp; more"
    kinds = [block.get("text", {}).get("type") for block in message["blocks"]]
    assert kinds == ["plain_text", None, "mrkdwn"]
    assert message["blocks"][2]["text"]["text"] == "<https://p/x|Open in the portal>"


def test_a_teams_message_is_an_adaptive_card_of_plain_runs() -> None:
    message = rules.teams_message(title="[x](https://evil.example)", why="y", url="https://p/x")
    [attachment] = message["attachments"]
    assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open in the portal", "url": "https://p/x"}]


def test_a_mail_says_what_where_and_why_in_one_line_of_subject() -> None:
    assert rules.mail_subject("A\r\nBcc: everybody@example.org") == "A Bcc: everybody@example.org"
    assert len(rules.mail_subject("x" * 500)) == 150
    text = rules.mail_text(title="T", why="you own it", url="https://p/x", settings_url="https://p/s")
    assert text.startswith("T\n\nhttps://p/x\n")
    assert "because you own it" in text
    assert "https://p/s" in text


def test_a_digest_lists_all_and_says_what_it_leaves_out() -> None:
    text = rules.digest_text([{"title": "T", "why": "w", "url": "u"}] * 2, more=3, settings_url="s")
    assert text.count("because w") == 2
    assert "And 3 more" in text


@pytest.mark.parametrize(("on", "due"), [
    (NOON, datetime(2026, 11, 22, 7, tzinfo=UTC)),
    (datetime(2026, 11, 21, 6, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, 7, tzinfo=UTC)),
    (datetime(2026, 11, 21, 7, tzinfo=UTC), datetime(2026, 11, 22, 7, tzinfo=UTC)),
])  # fmt: skip
def test_the_digest_goes_out_once_a_day(on: datetime, due: datetime) -> None:
    assert rules.next_digest(on) == due


def test_mails_are_tried_less_and_less_often_and_then_no_more() -> None:
    pauses = [rules.mail_pause(number) for number in range(1, rules.MOST_MAILS + 1)]
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] is None
    assert max(pause for pause in pauses if pause) == timedelta(hours=6)

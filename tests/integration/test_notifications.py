"""Telling people: whom, of what, by which way; the inbox, preferences, mails and digests."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Audience, Lane, Role, User
from apps.core.errors import InvalidError, NotFoundError
from apps.discussions import services as discussions
from apps.notifications import selectors, services
from apps.notifications.events import EVENTS
from apps.notifications.models import Notification
from apps.outbox import services as outbox
from apps.outbox.models import OutboxEvent
from apps.portal.reactions import REACTIONS
from apps.reviews.models import Outcome
from apps.usecases import services as usecases
from apps.usecases.models import UseCase
from tests.factories import cases, told
from tests.factories.people import person, team
from tests.receivers import mail_server

pytestmark = pytest.mark.django_db


def react() -> None:
    """Let everything that happened have its consequences, and nothing fail on the way."""
    outbox.drain(REACTIONS)
    assert not list(OutboxEvent.objects.values_list("name", "error"))


def heard(who: User) -> list[tuple[str, str]]:
    """What somebody was told: event and why, oldest first."""
    rows = Notification.objects.filter(person=who).order_by("created_at", "event")
    return list(rows.values_list("event", "why"))


def mailable(who: User) -> User:
    """The person with a mail address."""
    User.objects.filter(pk=who.pk).update(email=f"{who.username}@example.org")
    who.refresh_from_db()
    return who


def restricted(case: UseCase) -> UseCase:
    """The case, which only its team may see from now on."""
    UseCase.objects.filter(pk=case.pk).update(team=team(), audience=Audience.TEAM)
    return case


# Real happenings.


def test_who_may_decide_is_told_of_a_review_and_nobody_else() -> None:
    case = cases.case()
    steward, reviewer = person(Role.STEWARD), person(Role.REVIEWER, lane=Lane.STEWARD)
    others = [person(), person(Role.ARCHITECT), person(Role.AUDITOR), person(Role.REVIEWER, lane=Lane.LEGAL)]
    cases.submitted(case)
    react()
    assert heard(steward) == heard(reviewer) == [("review.requested", "you may decide in this review")]
    assert [heard(who) for who in (*others, case.owner)] == [[]] * 5


def test_a_decision_reaches_who_asked_and_who_owns_once_each() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case), Outcome.REJECT)
    react()
    assert heard(case.owner) == [("review.decided", "you asked for this review")]


def test_a_voided_review_is_told_even_to_who_voided_it() -> None:
    case = cases.case()
    cases.submitted(case)
    usecases.edit(use_case=case, version=case.version, by=case.owner, title="Another")
    react()
    assert heard(case.owner) == [("review.voided", "you asked for this review")]


def test_owner_and_sponsor_hear_of_changes_by_others() -> None:
    owner, sponsor = person(Role.BUSINESS_OWNER), person()
    case = cases.case(by=owner, sponsor=sponsor)
    usecases.edit(use_case=case, version=case.version, by=owner, purpose="To save more time.")
    react()
    assert heard(owner) == []
    assert heard(sponsor) == [("use_case.changed", "you sponsor it")] * 2


def test_a_comment_reaches_the_mentioned_the_followers_and_the_owner_each_once() -> None:
    case = cases.case()
    first, named, author = person(), person(), person()
    discussions.add(subject=case.subject, body="First", by=first)
    react()
    Notification.objects.all().delete()
    comment = discussions.add(subject=case.subject, body=f"@{named.username} @{author.username}", by=author)
    react()
    assert heard(named) == [("comment.mentioned", "you are mentioned")]
    assert heard(first) == [("comment.added", "you commented on it before")]
    assert heard(case.owner) == [("comment.added", "you own it")]
    assert heard(author) == []
    late = person()
    words = f"{comment.body} @{late.username}"
    discussions.edit(comment, body=words, version=comment.version, by=author)
    react()
    assert heard(late) == heard(named) == [("comment.mentioned", "you are mentioned")]


def test_a_comment_that_is_gone_by_then_tells_nobody() -> None:
    case = cases.case()
    comment = discussions.add(subject=case.subject, body="Oops", by=person())
    discussions.remove(comment, by=comment.author)
    react()
    assert heard(case.owner) == []


def test_nobody_is_told_of_what_they_may_not_see() -> None:
    case = cases.case()
    stranger = person()
    notice = told.notice(restricted(case).subject)
    assert services.announce(notice, to={stranger.pk: "w", case.owner.pk: "w"}) == 1
    assert heard(stranger) == []


def test_the_same_happening_tells_nobody_twice_and_its_doer_never() -> None:
    case, who = cases.case(), person()
    notice = told.notice(case.subject, key="same")
    for _ in range(2):
        services.announce(notice, to={who.pk: "w"})
    assert len(heard(who)) == 1
    leaver = person()
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    services.announce(told.notice(case.subject), to={leaver.pk: "w"})
    assert heard(leaver) == []


# The inbox.


def browse(who: User) -> Client:
    """A browser of somebody signed in."""
    client = Client()
    client.force_login(who, backend="apps.accounts.backends.Passwords")
    return client


def tell(who: User, **options: Any) -> Notification:
    """Something told to somebody about nothing in particular."""
    services.announce(told.notice(None, event="token.expiring", **options), to={who.pk: "you answer for it"})
    return Notification.objects.filter(person=who).latest("created_at")


def test_the_inbox_says_what_and_why_and_follows_and_marks() -> None:
    who = person()
    first, second = tell(who, title="First <b>one</b>"), tell(who, title="Second one")
    client = browse(who)
    html = client.get(reverse("notifications:inbox")).content.decode()
    assert "First &lt;b&gt;one&lt;/b&gt;" in html
    assert html.index("Second one") < html.index("First")
    assert "because you answer for it" in html
    assert client.get(reverse("notifications:follow", args=[first.pk]))["Location"] == "/use-cases/"
    assert selectors.unread(viewer=who) == 1
    assert client.post(reverse("notifications:follow", args=[second.pk]))["Location"] == "/notifications/"
    assert "Everything is read." in client.get(reverse("notifications:inbox") + "?show=unread").content.decode()


def test_the_count_is_shown_and_all_can_be_marked_as_read() -> None:
    who = person()
    client, count = browse(who), reverse("notifications:count")
    assert "unread" not in client.get(count).content.decode()
    for _ in range(3):
        tell(who)
    assert ">3<" in client.get(count).content.decode()
    refused = client.get(reverse("notifications:read_all"))
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert "This address is no page" in refused.content.decode()
    client.post(reverse("notifications:read_all"))
    assert selectors.unread(viewer=who) == 0


def test_an_inbox_is_its_persons_alone_even_to_administrators() -> None:
    found = tell(person())
    for other in (person(), person(Role.ADMINISTRATOR), person(Role.AUDITOR)):
        assert browse(other).get(reverse("notifications:follow", args=[found.pk])).status_code == 404
        assert not selectors.inbox(viewer=other).exists()
        services.mark_read(found, by=other)
    found.refresh_from_db()
    assert found.read_at is None


def test_what_is_out_of_sight_by_now_is_out_of_the_inbox() -> None:
    case, who = cases.case(), person()
    services.announce(told.notice(case.subject), to={who.pk: "w"})
    assert selectors.unread(viewer=who) == 1
    restricted(case)
    assert selectors.unread(viewer=who) == 0
    with pytest.raises(NotFoundError):
        selectors.notification(Notification.objects.get(person=who).pk, viewer=who)


def test_whoever_oversees_everything_has_an_inbox_like_anybody_else() -> None:
    who = person(Role.AUDITOR)
    services.announce(told.notice(restricted(cases.case()).subject), to={who.pk: "w"})
    assert selectors.unread(viewer=who) == 1


def test_an_inbox_of_hundreds_comes_in_pages_with_few_queries(django_assert_max_num_queries: Any) -> None:
    who = person()
    for _ in range(60):
        tell(who)
    client = browse(who)
    with django_assert_max_num_queries(12):
        html = client.get(reverse("notifications:inbox")).content.decode()
    assert "1–50 of 60" in html
    assert client.get(reverse("notifications:inbox") + "?page=99&show=x").status_code == 200


# Preferences.


def form(**changes: Any) -> dict[str, Any]:
    """The preferences as the form sends them, everything in the portal and no mail, but for changes."""
    values: dict[str, Any] = {f"{name}.app": "on" for name in EVENTS} | {f"{name}.mail": "never" for name in EVENTS}
    return values | changes


def test_a_person_chooses_how_to_be_told_of_each_event() -> None:
    who = mailable(person())
    client, page = browse(who), reverse("notifications:preferences")
    assert client.get(page).status_code == 200
    values = form(**{"token.expiring.mail": "daily"})
    del values["token.expiring.app"]
    assert client.post(page, values).status_code == 302
    chosen = {choice.event.name: (choice.in_app, choice.mail) for choice in selectors.choices(who)}
    assert chosen["token.expiring"] == (False, "daily")
    assert chosen["comment.added"] == (True, "never")
    found = tell(who)
    assert (found.in_app, found.mail) == (False, "daily")
    assert selectors.unread(viewer=who) == 0


def test_wrong_preferences_are_refused() -> None:
    who = person()
    response = browse(who).post(reverse("notifications:preferences"), form(**{"run.failed.mail": "hourly"}))
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    for choices in ({"no.such": (True, "never")}, {"run.failed": (True, "hourly")}):
        with pytest.raises(InvalidError):
            services.choose(by=who, choices=choices)


def test_who_wants_nothing_is_told_nothing() -> None:
    who = mailable(person())
    services.choose(by=who, choices={"token.expiring": (False, "never")})
    services.announce(told.notice(None, event="token.expiring"), to={who.pk: "w"})
    assert heard(who) == []


# Mails.


def due_now() -> None:
    """Let every mail be due."""
    Notification.objects.exclude(mail_due_at=None).update(mail_due_at=timezone.now() - timedelta(seconds=1))


def test_a_mail_goes_out_once_and_says_why() -> None:
    who = mailable(person())
    found = tell(who, title="Token\r\nBcc: all@example.org")
    assert services.write_to(person_id=who.pk) == 1
    assert services.write_to(person_id=who.pk) == 0
    [message] = mail.outbox
    assert (message.to, message.subject) == ([who.email], "Token Bcc: all@example.org")
    assert "because you answer for it" in message.body
    assert str(found.pk) in message.extra_headers["Message-ID"]
    assert "/notifications/preferences" in message.body


def test_a_person_without_an_address_gets_no_mail() -> None:
    assert tell(person()).mail == "never"


def test_a_digest_is_one_mail_a_day_of_all_that_happened() -> None:
    who = mailable(person())
    services.choose(by=who, choices={"token.expiring": (True, "daily")})
    for title in ("First", "Second"):
        tell(who, title=title)
    assert services.write_to(person_id=who.pk) == 0
    due_now()
    assert services.ring_again() == 1
    assert services.write_to(person_id=who.pk) == 1
    [message] = mail.outbox
    assert message.subject == "CoE Portal: 2 things you may want to know"
    assert message.body.index("First") < message.body.index("Second")


def test_a_mail_never_tells_what_its_receiver_may_no_longer_see() -> None:
    case, who = cases.case(), mailable(person())
    services.choose(by=who, choices={"use_case.changed": (True, "at_once")})
    services.announce(told.notice(case.subject), to={who.pk: "w"})
    restricted(case)
    assert services.write_to(person_id=who.pk) == 0
    assert mail.outbox == []
    assert Notification.objects.get(person=who).mail_due_at is None


def test_a_leaver_is_not_written_to() -> None:
    who = mailable(person())
    tell(who)
    User.objects.filter(pk=who.pk).update(is_active=False)
    assert services.write_to(person_id=who.pk) == 0
    assert mail.outbox == []


def test_a_mail_reaches_a_real_server_and_is_tried_again_when_refused(settings: Any) -> None:
    who = mailable(person())
    tell(who, title="Müller’s token")
    with mail_server(refusals=1) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert services.write_to(person_id=who.pk) == 0
        waiting = Notification.objects.get(person=who)
        assert waiting.mail_due_at
        assert waiting.mail_due_at > timezone.now()
        due_now()
        assert services.write_to(person_id=who.pk) == 1
    [text] = server.taken
    assert f"To: {who.email}" in text
    assert "Auto-Submitted: auto-generated" in text


def test_without_a_server_mails_wait_and_in_the_end_are_given_up(settings: Any) -> None:
    who = mailable(person())
    tell(who)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for _ in range(20):
        services.write_to(person_id=who.pk)
        due_now()
    found = Notification.objects.get(person=who)
    assert (found.mail_due_at, found.mailed_at, found.mail_attempts) == (None, None, 12)


def test_old_notifications_are_forgotten() -> None:
    who = person()
    old, new = tell(who), tell(who)
    Notification.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=181))
    assert services.tidy() == 1
    assert Notification.objects.get() == new

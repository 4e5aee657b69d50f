"""Comments: who may read, write, edit and remove them, whom they mention, and how pages and API show them."""

from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Audience, Role, Team, User
from apps.audit.models import AuditEvent
from apps.core import timeline
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, StaleError
from apps.core.refs import Ref
from apps.discussions import selectors, services
from apps.discussions.models import LONGEST_BODY, Comment
from apps.notifications.models import Notification
from apps.outbox.models import OutboxEvent
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person, team, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> UseCase:
    """A case that everybody may see."""
    return cases.case()


@pytest.fixture
def restricted() -> tuple[UseCase, Team]:
    """A case that only its team may see, and the team."""
    ours = team()
    found = cases.case()
    UseCase.objects.filter(pk=found.pk).update(team=ours, audience=Audience.TEAM)
    found.refresh_from_db()
    return found, ours


def said(case: UseCase, body: str = "Why so slow?", by: User | None = None) -> Comment:
    """A comment of somebody."""
    return services.add(subject=case.subject, body=body, by=by or person())


def actions() -> list[str]:
    """The audited actions on comments, oldest first."""
    rows = AuditEvent.objects.filter(action__startswith="comment.").order_by("sequence")
    return list(rows.values_list("action", flat=True))


ODD: list[Any] = [
    lambda pk: f"urn:uuid:{pk}", lambda pk: pk.hex, lambda pk: str(pk).upper(), lambda pk: f"{{{pk}}}",
    lambda pk: f"{pk.hex[:5]}-{pk.hex[5:]}", lambda pk: f" {pk}", lambda pk: f"{pk}\n",
]  # fmt: skip


@pytest.mark.parametrize("spelt", ODD)
def test_an_id_has_one_spelling_so_that_no_comment_stops_the_list(case: UseCase, spelt: Any, client: Client) -> None:
    author = person()
    client.force_login(author)
    with pytest.raises(NotFoundError):
        services.add(subject=Ref("use_case", spelt(case.pk)), body="Hm", by=author)
    sent = {"subject": f"use_case:{spelt(case.pk)}", "body": "Hm"}
    refused = client.post("/api/v1/comments/", sent, "application/json").status_code
    assert refused == (201 if spelt(case.pk).rstrip() == str(case.pk) else 404)
    assert client.get("/api/v1/comments/").status_code == 200
    assert {row.subject_id for row in Comment.objects.all()} <= {str(case.pk)}


@pytest.mark.parametrize("spelt", ODD)
def test_the_database_takes_no_other_spelling(case: UseCase, spelt: Any) -> None:
    for row in (Comment(subject_kind="use_case", author=person(), body="Hm"), Notification(subject_kind="use_case")):
        row.subject_id = spelt(case.pk)
        if isinstance(row, Notification):
            row.person, row.event, row.key = person(), "x", "x"
        with pytest.raises(IntegrityError, match="subject_spelt_so"), transaction.atomic():
            row.save()


def test_what_was_spelt_otherwise_is_rewritten(case: UseCase) -> None:
    comment = said(case)
    notice = Notification.objects.create(
        person=person(), event="x", key="x", subject_kind="use_case", subject_id=str(case.pk)
    )
    quiet = Notification.objects.create(person=person(), event="x", key="x")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for row in (comment, notice):
            name = f"{row._meta.model_name}_subject_spelt_so"
            cursor.execute(f"ALTER TABLE {row._meta.db_table} DROP CONSTRAINT {name}")
            type(row).objects.filter(pk=row.pk).update(subject_id=f"urn:uuid:{case.pk}")
    for app in ("discussions.migrations.0002", "notifications.migrations.0003"):
        import_module(f"apps.{app}_spell_subjects_one_way").spell(apps, None)
    for row in (comment, notice, quiet):
        row.refresh_from_db()
    assert (comment.subject_id, notice.subject_id, quiet.subject_id) == (str(case.pk), str(case.pk), "")


def test_whoever_sees_a_thing_may_comment_on_it(case: UseCase) -> None:
    comment = said(case, "  A *good* case.\r\nReally. ")
    assert comment.body == "A *good* case.\nReally."
    assert list(selectors.about(case.subject, viewer=person())) == [comment]
    assert actions() == ["comment.added"]
    assert OutboxEvent.objects.filter(name="comment.added", payload={"comment": str(comment.pk)}).exists()


def test_a_thing_out_of_sight_is_as_if_missing(restricted: tuple[UseCase, Team]) -> None:
    case, ours = restricted
    stranger, member = person(Role.AI_ENGINEER), person(Role.AI_ENGINEER, team=ours)
    mine = said(case, by=member)
    for subject in (case.subject, Ref("use_case", str(uuid4())), Ref("nothing", "1"), Ref("use_case", "x")):
        with pytest.raises(NotFoundError):
            services.add(subject=subject, body="x", by=stranger)
        with pytest.raises(NotFoundError):
            list(selectors.about(subject, viewer=stranger))
    with pytest.raises(NotFoundError):
        selectors.comment(mine.pk, viewer=stranger)
    assert selectors.comment(mine.pk, viewer=member) == mine
    assert not selectors.comments(viewer=stranger).exists()


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (LONGEST_BODY + 1)])
def test_a_comment_says_something_and_not_too_much(case: UseCase, body: str) -> None:
    with pytest.raises(InvalidError) as refused:
        said(case, body)
    assert "body" in refused.value.fields


def test_only_the_author_edits_and_only_what_they_have_read(case: UseCase) -> None:
    comment = said(case)
    with pytest.raises(NotAllowedError):
        services.edit(comment, body="x", version=1, by=person(Role.ADMINISTRATOR))
    edited = services.edit(comment, body="Why so very slow?", version=1, by=comment.author)
    assert (edited.body, edited.version) == ("Why so very slow?", 2)
    assert edited.edited_at
    with pytest.raises(StaleError):
        services.edit(comment, body="x", version=1, by=comment.author)
    assert services.edit(comment, body="Why so very slow?", version=2, by=comment.author).version == 2
    assert actions() == ["comment.added", "comment.edited"]


def test_a_removed_comment_leaves_its_place_and_no_words(case: UseCase) -> None:
    comment = said(case, "A secret by mistake")
    with pytest.raises(NotAllowedError):
        services.remove(comment, by=person(Role.ARCHITECT))
    removed = services.remove(comment, by=comment.author)
    assert (removed.body, removed.removed_by) == ("", comment.author)
    assert services.remove(comment, by=comment.author).version == removed.version
    with pytest.raises(ConflictError):
        services.edit(comment, body="x", version=removed.version, by=comment.author)
    assert actions() == ["comment.added", "comment.removed"]
    assert "secret" not in str(list(AuditEvent.objects.values_list("data", flat=True)))


def test_an_administrator_removes_where_they_administer(restricted: tuple[UseCase, Team]) -> None:
    case, ours = restricted
    comment = said(case, by=person(Role.AI_ENGINEER, team=ours))
    with pytest.raises(NotAllowedError):
        services.remove(comment, by=person(Role.ADMINISTRATOR, team=team()))
    with pytest.raises(NotFoundError):
        services.remove(comment, by=person(Role.ADMINISTRATOR, team=team(within=unit("Elsewhere"))))
    services.remove(comment, by=person(Role.ADMINISTRATOR))
    assert Comment.objects.get().is_removed


def test_the_database_keeps_words_and_removal_apart(case: UseCase) -> None:
    comment = said(case)
    for values in ({"body": ""}, {"removed_at": comment.created_at}, {"removed_by": comment.author}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Comment.objects.filter(pk=comment.pk).update(**values)


def test_mentions_reach_active_people_who_may_see_the_thing(restricted: tuple[UseCase, Team]) -> None:
    case, ours = restricted
    author, colleague = person(Role.AI_ENGINEER, team=ours), person(Role.AI_ENGINEER, team=ours)
    stranger, leaver = person(Role.AI_ENGINEER), person(Role.AI_ENGINEER, team=ours)
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    names = " ".join(f"@{who.username}" for who in (colleague, stranger, leaver))
    comment = said(case, f"{names} @nobody `@{author.username}`", by=author)
    assert selectors.mentioned(comment) == [colleague]


def test_a_discussion_shows_fifty_at_once_and_leads_to_earlier_ones(case: UseCase) -> None:
    author = person()
    for number in range(60):
        said(case, f"Number {number}", by=author)
    newest = selectors.discussion(case.subject, viewer=author)
    assert [item.comment.body for item in newest.comments] == [f"Number {number}" for number in range(10, 60)]
    older = selectors.discussion(case.subject, viewer=author, before=newest.earlier)
    assert [item.comment.body for item in older.comments] == [f"Number {number}" for number in range(10)]
    assert older.earlier is None


def test_comments_stand_in_the_timeline_of_their_thing(case: UseCase) -> None:
    said(case, "**Bold**")
    services.remove(said(case, "Gone"), by=person(Role.ADMINISTRATOR))
    found = timeline.about(case.subject, viewer=case.owner, only="comments")
    assert [moment.html for moment in found.moments] == ["<p><strong>Bold</strong></p>\n"]


# Pages.


def browse(user: User, **headers: str) -> Client:
    """A browser of somebody signed in; `htmx=True` asks for parts."""
    client = Client(headers=headers)
    client.force_login(user, backend="apps.accounts.backends.Passwords")
    return client


def panel(case: UseCase) -> str:
    """The address of a case's discussion."""
    return reverse("discussions:panel", args=["use_case", case.pk])


def test_the_panel_is_a_page_and_a_part(case: UseCase) -> None:
    said(case, "Hello <b>you</b>")
    whole = browse(person()).get(panel(case)).content.decode()
    part = browse(person(), hx_request="true").get(panel(case)).content.decode()
    for html in (whole, part):
        assert "Hello &lt;b&gt;you&lt;/b&gt;" in html
        assert 'class="markdown" hx-disable hx-ignore' in html
    assert "<html" in whole
    assert "<html" not in part


def test_a_browser_without_scripts_is_led_to_its_comment(case: UseCase) -> None:
    response = browse(person()).post(panel(case), {"body": "Well done"})
    comment = Comment.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"{panel(case)}#comment-{comment.pk}"


def test_htmx_gets_the_panel_with_the_new_comment_in_focus(case: UseCase) -> None:
    client = browse(person(), hx_request="true")
    html = client.post(panel(case), {"body": "Well done"}).content.decode()
    assert "data-focus" in html
    assert "Your comment is added." in html
    refused = client.post(panel(case), {"body": " "})
    assert refused.status_code == 422
    assert "There is a problem" in refused.content.decode()


def test_edit_and_remove_by_page(case: UseCase) -> None:
    comment = said(case)
    mine, other = browse(comment.author), browse(person())
    edit, remove = (reverse(f"discussions:{name}", args=[comment.pk]) for name in ("edit", "remove"))
    assert other.get(edit).status_code == other.post(edit, {"body": "x"}).status_code == 403
    assert other.post(remove).status_code == 403
    assert mine.get(edit).status_code == 200
    assert mine.post(edit, {"body": "Better", "version": 1}).status_code == 302
    assert mine.post(edit, {"body": "Stale", "version": 1}).status_code == 422
    assert mine.get(remove).status_code == 405
    assert mine.post(remove).status_code == 302
    assert "was removed by its author" in mine.get(panel(case)).content.decode()
    assert "removed" in browse(comment.author, hx_request="true").post(remove).content.decode()


@pytest.mark.parametrize("before", ["", "x", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "9" * 400])
def test_a_misspelt_time_counts_for_nothing(case: UseCase, before: str) -> None:
    said(case, "Still here")
    assert "Still here" in browse(person()).get(panel(case), {"before": before}).content.decode()


@pytest.mark.parametrize("path", ["use_case/none/", "nothing/1/", f"use_case/{UUID(int=7)}/", "user/1/"])
def test_a_discussion_of_nothing_is_missing(path: str) -> None:
    assert browse(person()).get(f"/discussions/{path}").status_code == 404


def test_a_panel_asks_the_same_number_of_queries_for_one_and_for_fifty(
    case: UseCase, django_assert_max_num_queries: Any
) -> None:
    reader = browse(person())
    for number in range(50):
        said(case, f"@person-{number} hello")
    with django_assert_max_num_queries(12):
        reader.get(panel(case))

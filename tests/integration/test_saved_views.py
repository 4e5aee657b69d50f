"""Saved views of lists: whose they are, what they keep, and where they lead."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.portal import selectors, services
from apps.portal.models import SavedView
from tests.factories import cases, people

pytestmark = pytest.mark.django_db
PAGE = "usecases:list"


def saved(by: User, **fields: object) -> SavedView:
    """A view of the cases at PLAY."""
    told: dict[str, object] = {"page": PAGE, "name": "At play", "query": "?stage=PLAY&sort=title", **fields}
    return services.save_view(**told, by=by)  # type: ignore[arg-type]


def names(viewer: User) -> list[str]:
    """The views that a person is offered."""
    return [found.view.name for found in selectors.saved_views(viewer=viewer, page=PAGE)]


def test_a_private_view_shows_to_its_owner_alone() -> None:
    owner, other = people.person(), people.person(Role.ADMINISTRATOR)
    view = saved(owner)
    assert (names(owner), names(other)) == (["At play"], [])
    with pytest.raises(NotFoundError):
        selectors.saved_view(view.pk, viewer=other)
    for verb in (services.delete_view, lambda view, by: services.set_default(view, on=True, by=by)):
        with pytest.raises(NotAllowedError):
            verb(view, by=other)


def test_a_teams_view_shows_to_its_members_and_is_theirs_to_change() -> None:
    team = people.team()
    maker, member = people.person(Role.AI_ENGINEER, team=team), people.person(Role.BUSINESS_OWNER, team=team)
    outsider = people.person(Role.AI_ENGINEER)
    view = saved(maker, team=team)
    assert (names(member), names(outsider)) == (["At play"], [])
    services.set_default(view, on=True, by=member)
    assert selectors.default_address(maker, PAGE).startswith("/use-cases/?stage=PLAY&sort=title&view=")
    with pytest.raises(NotAllowedError):
        services.delete_view(view, by=outsider)
    with pytest.raises(NotAllowedError):
        saved(outsider, team=team, name="Intruding")
    services.delete_view(view, by=member)
    assert names(maker) == []


def test_ones_own_default_goes_before_the_teams_and_there_is_one_of_each() -> None:
    team = people.team()
    person = people.person(Role.AI_ENGINEER, team=team)
    saved(person, team=team, is_default=True)
    first = saved(person, name="First", is_default=True)
    second = saved(person, name="Second", is_default=True)
    assert str(second.pk) in selectors.default_address(person, PAGE)
    assert SavedView.objects.filter(is_default=True).count() == 2
    services.set_default(first, on=True, by=person)
    assert str(first.pk) in selectors.default_address(person, PAGE)
    services.set_default(first, on=False, by=person)
    assert "view=" in selectors.default_address(person, PAGE)
    assert selectors.default_address(people.person(), PAGE) == ""


def test_a_view_keeps_what_the_list_declares_and_leads_to_no_more_than_that() -> None:
    person = people.person()
    view = saved(person, query="?stage=PLAY&stage=LOST&owner__password=x&place=abc&format=csv&filters=open")
    assert view.state == [["stage", "PLAY"]] or view.state == [("stage", "PLAY")]
    SavedView.objects.filter(pk=view.pk).update(state=[["stage", "GONE"], ["owner__password__startswith", "a"]])
    view.refresh_from_db()
    assert selectors.address(view) == f"/use-cases/?view={view.pk}"


@pytest.mark.parametrize(("fields", "error"), [
    ({"page": "nowhere"}, InvalidError), ({"name": " "}, InvalidError), ({"name": "x" * 81}, InvalidError),
    ({"name": "Taken"}, ConflictError),
])  # fmt: skip
def test_a_faulty_view_is_refused(fields: dict[str, object], error: type[Exception]) -> None:
    person = people.person()
    saved(person, name="Taken")
    with pytest.raises(error):
        saved(person, **fields)


def test_there_are_only_so_many_views_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_VIEWS", 1)
    person = people.person()
    saved(person)
    with pytest.raises(ConflictError, match="Delete one first"):
        saved(person, name="Another")


def test_every_change_is_recorded_once() -> None:
    person = people.person()
    view = saved(person, is_default=True)
    services.set_default(view, on=True, by=person)
    services.set_default(view, on=False, by=person)
    services.delete_view(view, by=person)
    actions = AuditEvent.objects.filter(subject_kind="saved_view").order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["saved_view.saved", "saved_view.no_longer_default", "saved_view.deleted"]


@pytest.fixture
def person(client: Client) -> User:
    """A signed-in person."""
    user = people.person(Role.BUSINESS_OWNER)
    client.force_login(user)
    return user


def test_a_view_is_saved_opened_preferred_and_deleted_by_its_pages(client: Client, person: User) -> None:
    cases.case(title="At play", stage="PLAY")  # type: ignore[arg-type]
    shown = client.get(reverse("saved-views"), {"page": PAGE, "query": "?stage=PLAY"}).content.decode()
    assert 'value="?stage=PLAY"' in shown
    fields = {"page": PAGE, "query": "?stage=PLAY", "name": "Mine", "is_default": "on"}
    opened = client.post(reverse("save-view"), fields)
    view = SavedView.objects.get()
    assert opened["Location"] == f"/use-cases/?stage=PLAY&view={view.pk}"
    assert client.get(opened["Location"]).status_code == 200
    assert client.get("/use-cases/")["Location"] == opened["Location"]
    assert client.get("/use-cases/?view=all").status_code == 200
    client.post(reverse("default-view", args=[view.pk]), {"on": "no"})
    assert client.get("/use-cases/").status_code == 200
    assert client.post(reverse("delete-view", args=[view.pk]))["Location"] == "/use-cases/?view=all"
    assert not SavedView.objects.exists()


def test_a_faulty_form_is_shown_again_with_what_is_wrong(client: Client, person: User) -> None:
    response = client.post(reverse("save-view"), {"page": PAGE, "query": "", "name": ""})
    assert response.status_code == 422
    assert "Error: " in response.content.decode()


def test_somebody_elses_view_answers_as_a_missing_one(client: Client, person: User) -> None:
    view = saved(people.person())
    for name in ("default-view", "delete-view"):
        there = client.post(reverse(name, args=[view.pk]))
        missing = client.post(reverse(name, args=["00000000-0000-0000-0000-000000000000"]))
        assert (there.status_code, missing.status_code) == (404, 404)
        assert "There is no such saved view, or it is not yours." in there.content.decode()
        assert "There is no such saved view, or it is not yours." in missing.content.decode()
    assert client.get(reverse("saved-views"), {"page": "no:list"}).status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_htmx_gets_the_panel_alone(client: Client, person: User) -> None:
    response = client.get(reverse("saved-views"), {"page": PAGE}, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "Save this state" in response.content.decode()

"""People, units and roles in the admin: what is written there is written by audited services."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import BusinessUnit, Membership, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import InvalidError
from tests.factories.people import PASSWORD, person, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    """A superuser."""
    return accounts.create_user(
        username="root", display_name="root", password=PASSWORD, by=None, staff=True, superuser=True
    )


@pytest.fixture
def admin(root: User) -> Client:
    """The superuser's browser."""
    client = Client()
    client.force_login(root)
    return client


def post(client: Client, path: str, **fields: Any) -> str:
    """Send a form of the admin; what the page says afterwards."""
    return client.post(f"/admin/accounts/{path}", fields, follow=True).content.decode()


def newest() -> tuple[str, str, str, dict[str, Any]]:
    """Action, subject, actor and data of the newest event."""
    event = AuditEvent.objects.order_by("-sequence")[0]
    return event.action, event.subject_id, event.actor_id, event.data


PERSON = {"username": "clerk", "display_name": "A Clerk", "email": "clerk@example.org"}


def test_a_person_is_added_by_the_service(admin: Client, root: User) -> None:
    post(admin, "user/add/", **PERSON, password1=PASSWORD, password2=PASSWORD)
    clerk = User.objects.get(username="clerk")
    assert clerk.check_password(PASSWORD)
    assert clerk.email == "clerk@example.org"
    assert newest() == ("user.created", str(clerk.pk), str(root.pk), {})


def test_a_changed_person_leaves_field_names_and_rights_in_the_trail_and_no_names(admin: Client, root: User) -> None:
    clerk = person(name="clerk")
    post(admin, f"user/{clerk.pk}/change/", **PERSON, is_active="on", is_staff="on")
    clerk.refresh_from_db()
    assert (clerk.display_name, clerk.is_staff, clerk.is_superuser) == ("A Clerk", True, False)
    data = {"fields": ["display_name", "email", "is_staff"], "is_staff": True}
    assert newest() == ("user.changed", str(clerk.pk), str(root.pk), data)
    before = AuditEvent.objects.count()
    post(admin, f"user/{clerk.pk}/change/", **PERSON, is_active="on", is_staff="on")
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(
    ("chosen", "usable"),
    [({"password1": "another long pass phrase", "password2": "another long pass phrase"}, True), ({}, False)],
)
def test_a_password_set_in_the_admin_is_audited(
    admin: Client, root: User, chosen: dict[str, str], usable: bool
) -> None:
    clerk = person(name="clerk")
    choice = {"usable_password": "true"} if usable else {"usable_password": "false", "unset-password": "1"}
    post(admin, f"user/{clerk.pk}/password/", **chosen, **choice)
    clerk.refresh_from_db()
    assert clerk.has_usable_password() == usable
    assert clerk.check_password("another long pass phrase") == usable
    assert newest() == ("user.password_set", str(clerk.pk), str(root.pk), {})


def test_the_admins_own_log_keeps_no_names(admin: Client) -> None:
    post(admin, "user/add/", **PERSON, password1=PASSWORD, password2=PASSWORD)
    assert not LogEntry.objects.exists()
    assert "A Clerk" not in str(list(AuditEvent.objects.values()))


@pytest.fixture
def tree() -> dict[str, BusinessUnit]:
    """Agency with Bureau, which has Branch and Desk; and Board."""
    accounts.ensure_unit(names=["Agency", "Bureau", "Branch", "Desk"], by=None)
    accounts.ensure_unit(names=["Board"], by=None)
    return {found.name: found for found in BusinessUnit.objects.all()}


def paths() -> set[str]:
    """Every unit's path."""
    return set(BusinessUnit.objects.values_list("path", flat=True))


def test_a_unit_is_added_by_the_service(admin: Client, root: User, tree: dict[str, BusinessUnit]) -> None:
    post(admin, "businessunit/add/", name="Office", parent=tree["Bureau"].pk)
    added = BusinessUnit.objects.get(name="Office")
    assert newest() == ("unit.created", str(added.pk), str(root.pk), {"path": "Agency / Bureau / Office"})


def test_a_renamed_or_moved_unit_takes_those_below_along(
    admin: Client, root: User, tree: dict[str, BusinessUnit]
) -> None:
    bureau = tree["Bureau"]
    post(admin, f"businessunit/{bureau.pk}/change/", name="Office", parent=tree["Agency"].pk)
    assert paths() == {
        "Agency", "Board", "Agency / Office", "Agency / Office / Branch", "Agency / Office / Branch / Desk",
    }  # fmt: skip
    post(admin, f"businessunit/{bureau.pk}/change/", name="Office", parent="")
    assert paths() == {"Agency", "Board", "Office", "Office / Branch", "Office / Branch / Desk"}
    assert newest() == ("unit.moved", str(bureau.pk), str(root.pk), {"before": "Agency / Office", "path": "Office"})


@pytest.mark.parametrize("below", ["Bureau", "Branch", "Desk"])
def test_a_unit_cannot_hang_below_itself(admin: Client, tree: dict[str, BusinessUnit], below: str) -> None:
    before = paths()
    said = post(admin, f"businessunit/{tree['Bureau'].pk}/change/", name="Bureau", parent=tree[below].pk)
    assert "A unit cannot hang below itself." in said
    with pytest.raises(InvalidError):
        accounts.change_unit(unit=tree["Bureau"], name="Bureau", parent=tree[below], by=None)
    assert paths() == before


@pytest.mark.parametrize(
    ("name", "below", "says"),
    [
        ("Board", "", "There is a unit Board already."),
        ("Bureau", "Agency", "There is a unit Agency / Bureau already."),
        ("Agency / Bureau", "", "Leave out"),
        ("x" * 200, "long", "too long"),
    ],
)
def test_a_unit_that_cannot_be_is_an_error_of_the_form(
    admin: Client, tree: dict[str, BusinessUnit], name: str, below: str, says: str
) -> None:
    tree["long"] = accounts.ensure_unit(names=["a" * 200, "b" * 195], by=None)
    before = paths()
    said = post(admin, "businessunit/add/", name=name, parent=tree[below].pk if below else "")
    assert says in said
    assert f'value="{name}"' in said
    assert paths() == before


def test_a_unit_is_removed_by_the_service(admin: Client, root: User, tree: dict[str, BusinessUnit]) -> None:
    board = tree["Board"]
    post(admin, f"businessunit/{board.pk}/delete/", post="yes")
    assert newest() == ("unit.removed", str(board.pk), str(root.pk), {"path": "Board"})
    post(admin, f"businessunit/{tree['Agency'].pk}/delete/", post="yes")
    assert BusinessUnit.objects.filter(name="Agency").exists()


def grant(client: Client, user: User, role: Role = Role.STEWARD) -> str:
    """Ask the admin for a role for `user`."""
    return post(client, "membership/add/", user=user.pk, unit=unit().pk, role=role.value)


def test_a_role_is_granted_and_revoked_by_the_services(admin: Client, root: User) -> None:
    clerk = person()
    grant(admin, clerk)
    held = Membership.objects.get(user=clerk)
    said = {"role": "steward", "unit": str(held.unit_id)}
    assert newest() == ("role.granted", str(clerk.pk), str(root.pk), said)
    assert "already exists" in grant(admin, clerk)
    post(admin, f"membership/{held.pk}/delete/", post="yes")
    assert newest() == ("role.revoked", str(clerk.pk), str(root.pk), said)
    assert not Membership.objects.filter(user=clerk).exists()


def test_several_roles_revoked_at_once_are_audited_one_by_one(admin: Client) -> None:
    clerk = person(Role.STEWARD, Role.ARCHITECT)
    chosen = [str(key) for key in Membership.objects.filter(user=clerk).values_list("pk", flat=True)]
    post(admin, "membership/", action="delete_selected", _selected_action=chosen, post="yes")
    assert AuditEvent.objects.filter(action="role.revoked", subject_id=str(clerk.pk)).count() == 2


def test_nobody_grants_themselves_a_role_not_even_a_superuser(admin: Client, root: User) -> None:
    assert "Nobody grants a role to themselves." in grant(admin, root)
    assert not Membership.objects.filter(user=root).exists()


def test_a_role_is_never_changed_into_another(admin: Client) -> None:
    clerk = person(Role.STEWARD)
    held = Membership.objects.get(user=clerk)
    path = f"/admin/accounts/membership/{held.pk}/change/"
    assert admin.post(path, {"user": clerk.pk, "unit": "", "role": "architect"}).status_code == 403
    assert list(Membership.objects.filter(user=clerk).values_list("role", flat=True)) == ["steward"]

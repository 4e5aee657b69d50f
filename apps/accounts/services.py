"""Creating people and business units and granting roles."""

from django.db import transaction

from apps.accounts.models import BusinessUnit, Membership, Role, User
from apps.audit import services as audit
from apps.core.refs import Ref


@transaction.atomic
def create_user(
    *,
    username: str,
    display_name: str,
    password: str | None,
    by: User | None,
    staff: bool = False,
    superuser: bool = False,
) -> User:
    """A new active person; without a password only single sign-on can let them in. `staff` may enter the admin."""
    user = User(username=username, display_name=display_name, is_staff=staff, is_superuser=superuser)
    user.set_password(password)
    user.save()
    audit.record(action="user.created", subject=_ref(user), by=by)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: User | None) -> None:
    """Replace the person's password; their sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(action="user.password_set", subject=_ref(user), by=by)


@transaction.atomic
def grant(*, user: User, unit: BusinessUnit, role: Role, by: User | None) -> Membership:
    """Give `user` a role in `unit`; granting twice changes nothing."""
    membership, new = Membership.objects.get_or_create(user=user, unit=unit, role=role)
    if new:
        audit.record(action="role.granted", subject=_ref(user), by=by, role=role.value, unit=str(unit.pk))
    return membership


@transaction.atomic
def ensure_unit(*, names: list[str], by: User | None) -> BusinessUnit:
    """The business unit at the path `names` from the top, created where missing."""
    unit: BusinessUnit | None = None
    for name in names:
        unit, new = BusinessUnit.objects.get_or_create(name=name, parent=unit)
        if new:
            audit.record(action="unit.created", subject=Ref("unit", str(unit.pk)), by=by, path=unit.path)
    if unit is None:
        raise ValueError("A business unit needs at least one name.")
    return unit


def _ref(user: User) -> Ref:
    return Ref("user", str(user.pk))

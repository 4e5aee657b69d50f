"""Creating and changing people and business units, granting roles, and bounding how often a password may be guessed."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts import rules
from apps.accounts.models import BusinessUnit, FailedSignIn, Membership, Role, User
from apps.audit import services as audit
from apps.core.errors import ConflictError, DomainError, InvalidError, NotAllowedError
from apps.core.refs import Ref
from apps.core.text import clean_text


class TooManyAttemptsError(DomainError):
    """So many passwords were wrong that none is checked for now; `retry_after` is in seconds."""

    code = "throttled"
    status = 429
    retry_after = int(rules.WINDOW.total_seconds())


@transaction.atomic
def create_user(
    *,
    username: str,
    display_name: str,
    password: str | None,
    by: User | None,
    email: str = "",
    staff: bool = False,
    superuser: bool = False,
) -> User:
    """A new active person; without a password only single sign-on can let them in. `staff` may enter the admin."""
    user = User(username=username, display_name=display_name, email=email, is_staff=staff, is_superuser=superuser)
    user.set_password(password)
    user.save()
    audit.record(action="user.created", subject=_ref(user), by=by)
    return user


@transaction.atomic
def change_user(*, user: User, by: User | None, **values: Any) -> User:
    """Give fields of the person new values. The trail tells which, and the new value where it is a right."""
    if not values:
        return user
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    rights = {name: value for name, value in values.items() if name.startswith("is_")}
    audit.record(action="user.changed", subject=_ref(user), by=by, fields=sorted(values), **rights)
    return user


@transaction.atomic
def set_password(*, user: User, password: str | None, by: User | None) -> None:
    """Replace the person's password, or with None let none sign them in; their sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(action="user.password_set", subject=_ref(user), by=by)


@transaction.atomic
def grant(*, user: User, unit: BusinessUnit, role: Role, by: User | None) -> Membership:
    """Give `user` a role in `unit`; granting twice changes nothing. Raises NotAllowedError to oneself."""
    if by is not None and by.pk == user.pk:
        raise NotAllowedError("Nobody grants a role to themselves. Ask another administrator.")
    membership, new = Membership.objects.get_or_create(user=user, unit=unit, role=role)
    if new:
        audit.record(action="role.granted", subject=_ref(user), by=by, role=role.value, unit=str(unit.pk))
    return membership


@transaction.atomic
def revoke(*, membership: Membership, by: User | None) -> None:
    """Take the role back; it ends with the next request."""
    unit, role = str(membership.unit_id), membership.role
    membership.delete()
    audit.record(action="role.revoked", subject=Ref("user", str(membership.user_id)), by=by, role=role, unit=unit)


@transaction.atomic
def ensure_unit(*, names: list[str], by: User | None) -> BusinessUnit:
    """The business unit at the path `names` from the top, created where missing."""
    unit: BusinessUnit | None = None
    for name in names:
        unit, new = BusinessUnit.objects.get_or_create(name=name, parent=unit)
        if new:
            audit.record(action="unit.created", subject=_unit_ref(unit), by=by, path=unit.path)
    if unit is None:
        raise ValueError("A business unit needs at least one name.")
    return unit


@transaction.atomic
def add_unit(*, name: str, parent: BusinessUnit | None, by: User | None) -> BusinessUnit:
    """A new business unit. Raises ConflictError where there is one already, InvalidError."""
    everything = _lock_units()
    check_place(unit=None, name=name, parent=parent)
    unit = BusinessUnit.objects.create(name=name, parent=parent and everything[parent.pk])
    audit.record(action="unit.created", subject=_unit_ref(unit), by=by, path=unit.path)
    return unit


@transaction.atomic
def move_unit(*, unit: BusinessUnit, name: str, parent: BusinessUnit | None, by: User | None) -> BusinessUnit:
    """Rename the unit or hang it elsewhere; the paths below follow. Raises ConflictError, InvalidError on a cycle."""
    everything = _lock_units()
    check_place(unit=unit, name=name, parent=parent)
    below = _below(unit, everything)
    former = everything[unit.pk].path
    unit.name, unit.parent = name, parent and everything[parent.pk]
    unit.save()
    for lower in below:
        lower.path = unit.path + lower.path.removeprefix(former)
    BusinessUnit.objects.bulk_update(below, ["path"])
    audit.record(action="unit.moved", subject=_unit_ref(unit), by=by, before=former, path=unit.path)
    return unit


@transaction.atomic
def remove_unit(*, unit: BusinessUnit, by: User | None) -> None:
    """Delete a unit that nothing refers to. Raises ProtectedError otherwise."""
    subject, path = _unit_ref(unit), unit.path
    unit.delete()
    audit.record(action="unit.removed", subject=subject, by=by, path=path)


def check_place(*, unit: BusinessUnit | None, name: str, parent: BusinessUnit | None) -> None:
    """Raise ConflictError or InvalidError, naming the field, if the unit, None for a new one, cannot be there."""
    if rules.SEPARATOR in name:
        raise InvalidError("The unit was not saved.", fields={"name": [f"Leave out “{rules.SEPARATOR}”."]})
    everything = {found.pk: found for found in BusinessUnit.objects.all()}
    below = _below(unit, everything) if unit is not None else []
    if unit is not None and parent in [unit, *below]:
        raise InvalidError("The unit was not saved.", fields={"parent": ["A unit cannot hang below itself."]})
    path = rules.unit_path(name, everything[parent.pk].path if parent is not None else "")
    longest = max((len(lower.path) - len(everything[unit.pk].path) for lower in below if unit), default=0)
    if len(path) + longest > rules.LONGEST_PATH:
        raise InvalidError("The unit was not saved.", fields={"name": ["The way from the top gets too long."]})
    if any(other.path == path and other != unit for other in everything.values()):
        raise ConflictError(f"There is a unit {path} already.", fields={"name": [f"There is a unit {path} already."]})


def _below(unit: BusinessUnit, everything: dict[Any, BusinessUnit]) -> list[BusinessUnit]:
    """All descendants, parents before children."""
    found = [other for other in everything.values() if other.parent_id == unit.pk]
    for lower in found:  # grows while it is read
        found += [other for other in everything.values() if other.parent_id == lower.pk]
    return found


def _lock_units() -> dict[Any, BusinessUnit]:
    """Every unit: two people who move at once could close a cycle that neither sees. Moves are rare, units few."""
    return {unit.pk: unit for unit in BusinessUnit.objects.select_for_update(no_key=True).order_by("pk")}


@dataclass(frozen=True)
class Attempt:
    """A name and password about to be checked, and how many failed from the same place within the window."""

    username: str
    name_hash: str
    address: str
    by_name: int
    by_address: int


def begin_attempt(*, username: str, address: str) -> Attempt:
    """Count what failed lately. Raises TooManyAttemptsError, which tells nothing about the name or the password.

    Attempts at the very same moment do not see one another: the bound gives way by at most one for each web thread.
    """
    name_hash = salted_hmac("accounts.FailedSignIn", username.encode("utf-8", "surrogatepass")).hexdigest()
    counted = rules.counted_address(address)
    recent = FailedSignIn.objects.filter(address=counted, at__gt=timezone.now() - rules.WINDOW)
    counts = recent.aggregate(by_name=Count("pk", filter=Q(name_hash=name_hash)), by_address=Count("pk"))
    if rules.must_wait(**counts):
        raise TooManyAttemptsError("Too many attempts. Wait 15 minutes, or ask an administrator.")
    return Attempt(username, name_hash, counted, **counts)


@transaction.atomic
def end_attempt(*, attempt: Attempt, succeeded: bool) -> None:
    """Forget the failures of a name that got in; keep a new failure, and audit the one that closes the door."""
    same = FailedSignIn.objects.filter(address=attempt.address, name_hash=attempt.name_hash)
    if succeeded:
        if attempt.by_name:
            same.delete()
        return
    now = timezone.now()
    FailedSignIn.objects.create(name_hash=attempt.name_hash, address=attempt.address, at=now)
    FailedSignIn.objects.filter(at__lt=now - rules.WINDOW).delete()
    if rules.must_wait(by_name=attempt.by_name + 1, by_address=attempt.by_address + 1):
        known = User.objects.filter(username=clean_text(attempt.username)).first()
        # An unknown name may be a password in the wrong field, so it stays out of the trail.
        subject = _ref(known) if known is not None else Ref("sign_in", "unknown")
        audit.record(action="sign_in.refused", subject=subject, by=None, failures=attempt.by_address + 1)


def note_session(*, user: User, **_: Any) -> None:
    """Audit that a session of `user` began; Django's signal calls it for every door that makes one."""
    audit.record_now(action="user.signed_in", subject=_ref(user), by=user)


def _ref(user: User) -> Ref:
    return Ref("user", str(user.pk))


def _unit_ref(unit: BusinessUnit) -> Ref:
    return Ref("unit", str(unit.pk))

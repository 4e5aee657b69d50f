"""Creating and changing people."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers, check_may_touch
from apps.accounts.services.sign_in import end_sessions
from apps.accounts.services.tokens import revoke_all
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.outbox import services as outbox

# Words in the addresses of the pages about people.
RESERVED = frozenset({"new", "units", "teams", "service-accounts"})


def one_at_a_time(user: User) -> None:
    """Let whatever else locks this person wait until the present transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


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
    """A new active person; without a password only single sign-on can let them in. `staff` may enter the admin.

    Raises NotAllowedError, InvalidError, ConflictError for a taken name.
    """
    check_administers(by, to="add people")
    _check_powers({"is_staff": staff, "is_superuser": superuser}, by=by)
    check_username(username)
    user = User(
        username=username, display_name=clean_text(display_name), email=email, is_staff=staff, is_superuser=superuser
    )
    user.set_password(password)
    user.save()
    audit.record(action="user.created", subject=refs.of_user(user), by=by)
    return user


def check_username(username: str) -> None:
    """Raise InvalidError for a user name that cannot be, ConflictError for one that is taken in whatever case."""
    try:
        User.username_validator(username)
        fits = 0 < len(username) <= 150
    except ValidationError:
        fits = False
    if not fits or username.lower() in RESERVED:
        words = "Use at most 150 letters, digits and @ . + - _."
        raise InvalidError("It was not saved.", fields={"username": [words]})
    if User.objects.filter(username__iexact=username).exists():
        raise ConflictError(
            f"There is somebody called {username} already.", fields={"username": ["Choose another one."]}
        )


@transaction.atomic
def change_user(*, user: User, by: User | None, **values: Any) -> User:
    """Give fields of the person new values. The trail tells which, and the new value where it is a right.

    Whether they are active goes through `deactivate` and `reactivate`. Raises NotAllowedError.
    """
    if not values:
        return user
    check_may_touch(user, by=by, to="change somebody")
    _check_powers(values, by=by)
    if (active := values.pop("is_active", None)) is not None and active != _is_active(user):
        (reactivate if active else deactivate)(user=user, by=by)
        user.is_active = active
    if not values:
        return user
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    rights = {name: value for name, value in values.items() if name.startswith("is_")}
    audit.record(action="user.changed", subject=refs.of_user(user), by=by, fields=sorted(values), **rights)
    return user


def _check_powers(values: dict[str, Any], *, by: User | None) -> None:
    """What the admin's own powers are, only those who have them give: a role must not lead to more than itself."""
    given = values.get("is_superuser") or values.get("is_staff")
    if given and by is not None and not by.is_superuser:
        raise NotAllowedError("Only a superuser makes somebody staff or superuser.")


def _is_active(user: User) -> bool:
    # The row itself: a form has put the new value into the object already.
    return User.objects.filter(pk=user.pk, is_active=True).exists()


@transaction.atomic
def set_password(*, user: User, password: str | None, by: User | None) -> None:
    """Replace the person's password, or with None let none sign them in; their sessions end.

    Raises NotAllowedError for somebody else's, ConflictError for a service account, which has none.
    """
    if by is not None and by.pk != user.pk:
        check_may_touch(user, by=by, to="set the password of somebody")
    if not user.is_person:
        raise ConflictError("A service account has no password; it acts by tokens.")
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(action="user.password_set", subject=refs.of_user(user), by=by)


@transaction.atomic
def deactivate(*, user: User, by: User | None) -> User:
    """Cut somebody off with their next request: sessions end, tokens are revoked. What they own and decided stays.

    Raises NotAllowedError, also to oneself, and ConflictError where it is done already.
    """
    if by is not None and by.pk == user.pk:
        raise NotAllowedError("Nobody deactivates themselves. Ask another administrator.")
    check_may_touch(user, by=by, to="deactivate somebody")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not locked.is_active:
        raise ConflictError(f"{locked} is deactivated already.")
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    end_sessions(user=locked)
    revoked = revoke_all(owner=locked, by=by)
    audit.record(action="user.deactivated", subject=refs.of_user(locked), by=by, tokens=revoked)
    outbox.publish("user.deactivated", user=str(locked.pk), at=timezone.now().isoformat())
    return locked


@transaction.atomic
def reactivate(*, user: User, by: User | None) -> User:
    """Let somebody in again, with the roles they hold; tokens stay revoked. Raises NotAllowedError, ConflictError."""
    check_may_touch(user, by=by, to="reactivate somebody")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if locked.is_active:
        raise ConflictError(f"{locked} is active already.")
    if locked.erased_at:
        raise ConflictError("This person was erased. Add them anew.")
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    audit.record(action="user.reactivated", subject=refs.of_user(locked), by=by)
    return locked

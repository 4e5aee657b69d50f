"""Creating and changing people."""

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import refs
from apps.audit import services as audit


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
    audit.record(action="user.created", subject=refs.of_user(user), by=by)
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
    audit.record(action="user.changed", subject=refs.of_user(user), by=by, fields=sorted(values), **rights)
    return user


@transaction.atomic
def set_password(*, user: User, password: str | None, by: User | None) -> None:
    """Replace the person's password, or with None let none sign them in; their sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(action="user.password_set", subject=refs.of_user(user), by=by)

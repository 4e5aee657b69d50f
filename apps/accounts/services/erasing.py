"""Erasing who somebody was: their account stays as an author without a name."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import ApiToken, SignOnIdentity, User
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers
from apps.accounts.services.people import deactivate
from apps.audit import services as audit
from apps.core.errors import NotAllowedError

NAMELESS = "A former person"
# What the apps above do about names that they keep themselves.
_FORGETTING: list[Callable[[User], object]] = []


def on_erasure(forget: Callable[[User], object]) -> None:
    """Have `forget` called with everybody who is erased, inside the transaction; called once an app is ready."""
    _FORGETTING.append(forget)


@transaction.atomic
def erase_person(*, user: User, by: User | None) -> User:
    """Deactivate the person and replace name, user name and address by opaque words; this cannot be undone.

    What they decided and wrote stays, signed "A former person"; the audit trail holds ids alone, so its chain stays as
    it is. A second time changes nothing. Raises NotAllowedError.
    """
    check_administers(by, to="erase a person")
    if by is not None and by.pk == user.pk:
        raise NotAllowedError("Nobody erases themselves. Ask another administrator.")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if locked.erased_at:
        return locked
    if locked.is_active:
        locked = deactivate(user=locked, by=by)
    for forget in _FORGETTING:
        forget(locked)
    locked.username, locked.display_name = f"former-{locked.pk.hex}", NAMELESS
    locked.first_name = locked.last_name = locked.email = ""
    locked.is_staff = locked.is_superuser = False
    locked.erased_at = timezone.now()
    locked.set_unusable_password()
    locked.save()
    SignOnIdentity.objects.filter(user=locked).delete()
    ApiToken.objects.filter(owner=locked).update(name="A former token")
    audit.record(action="user.erased", subject=refs.of_user(locked), by=by)
    return locked

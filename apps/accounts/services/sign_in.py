"""Bounding how often a password may be guessed, and noting every session that begins."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts import rules
from apps.accounts.models import FailedSignIn, User
from apps.accounts.services import refs
from apps.audit import services as audit
from apps.core.errors import DomainError, NotAllowedError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox


class TooManyAttemptsError(DomainError):
    """So many passwords were wrong that none is checked for now; `retry_after` is in seconds."""

    code = "throttled"
    status = 429
    retry_after = int(rules.WINDOW.total_seconds())


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
    """Forget the failures of a name that got in; keep and audit a new failure; `sign_in.refused` closes the door."""
    same = FailedSignIn.objects.filter(address=attempt.address, name_hash=attempt.name_hash)
    if succeeded:
        if attempt.by_name:
            same.delete()
        return
    now = timezone.now()
    FailedSignIn.objects.create(name_hash=attempt.name_hash, address=attempt.address, at=now)
    FailedSignIn.objects.filter(at__lt=now - rules.WINDOW).delete()
    closed = rules.must_wait(by_name=attempt.by_name + 1, by_address=attempt.by_address + 1)
    known = User.objects.filter(username=clean_text(attempt.username)).first()
    # An unknown name may be a password in the wrong field, so it stays out of the trail.
    subject = refs.of_user(known) if known is not None else Ref("sign_in", "unknown")
    action = "sign_in.refused" if closed else "sign_in.failed"
    audit.record(action=action, subject=subject, by=None, failures=attempt.by_address + 1)


@transaction.atomic
def note_session(*, user: User, door: str) -> None:
    """Audit that a session of `user` began by `door`: password, oidc or admin. Raises NotAllowedError to who may not.

    Where passwords are switched off, one that lets a superuser in all the same raises an alarm.
    """
    check_may_sign_in(user)
    audit.record(action="user.signed_in", subject=refs.of_user(user), by=user, door=door)
    if door != "oidc" and not settings.PASSWORD_SIGN_IN:
        audit.record(action="break_glass.used", subject=refs.of_user(user), by=user, door=door)
        outbox.publish("break_glass.used", user=str(user.pk), door=door, at=timezone.now().isoformat())


def note_sign_out(*, user: User) -> None:
    """Audit that somebody ended their session, or that its time was over."""
    audit.record_now(action="user.signed_out", subject=refs.of_user(user), by=user)


def check_may_sign_in(user: User) -> None:
    """Raise NotAllowedError for who is deactivated, and for service accounts: no door makes a session for them."""
    if not user.is_active:
        raise NotAllowedError("Your account is deactivated. Ask an administrator if that is a mistake.")
    if not user.is_person:
        raise NotAllowedError("Service accounts do not sign in; they act by API tokens.")


def forget_sessions() -> None:
    """Delete the sessions whose time is over: nobody can use them, and each sign-in leaves one behind."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@transaction.atomic
def end_sessions(*, user: User) -> None:
    """End every session of `user` with its next request; part of deactivating."""
    user.session_generation = F("session_generation") + 1
    user.save(update_fields=["session_generation"])
    user.refresh_from_db(fields=["session_generation"])

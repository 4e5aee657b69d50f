"""Break-glass: letting one exact content through a gate before its review, which then follows."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth import models as auth
from django.db import transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import rules, selectors
from apps.reviews.models import BreakGlass
from apps.reviews.services.opening import open_request
from apps.reviews.services.requests import note, open_for, void
from apps.reviews.subjects import LaneAsk

_PERMISSION = {"content_type__app_label": "reviews", "codename": "break_glass"}


@transaction.atomic
def break_glass(
    *,
    subject: Ref,
    gate: str,
    title: str,
    revision: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
    lanes: Sequence[LaneAsk],
    barred: Collection[UUID],
    reason: str,
    by: User,
    rule_set: str = "",
) -> BreakGlass:
    """Let exactly this revision through for 72 hours, tell the auditors, and ask every lane in retrospect.

    Only whoever holds the permission by name may: no role gives it, nor does being a superuser. An open review is void.
    Raises NotAllowedError, InvalidError without a reason, ConflictError where that was done for this content before.
    """
    reason = clean_text(reason).strip()
    check_may_break_glass(by)
    if not reason:
        raise InvalidError("Say why.", fields={"reason": ["Give a reason; the auditors read it at once."]})
    _check_once(subject, gate, sha256_hex(revision))
    if (pending := open_for(subject)) is not None:
        void(pending, why="It was let through by break-glass; every lane is asked in retrospect.")
    request = open_request(
        subject=subject, title=title, gate=gate, revision=revision, evidence=evidence, lanes=lanes, barred=barred,
        by=by, rule_set=rule_set, trigger=f"In retrospect, after break-glass: {reason}", carry=False,
    )  # fmt: skip
    used = BreakGlass.objects.create(
        subject_kind=subject.kind, subject_id=subject.id, gate=gate, content_hash=sha256_hex(revision), reason=reason,
        used_by=by, expires_at=timezone.now() + rules.GLASS, request=request,
    )  # fmt: skip
    outbox.publish("review.glass_broken", glass=str(used.pk))
    note("review.glass_broken", request=request, by=by, reason=reason, expires_at=used.expires_at)
    return used


def _check_once(subject: Ref, gate: str, content_hash: str) -> None:
    """Raise ConflictError where the same was let through before: its lanes decide on it, and no second glass does."""
    asked = selectors.broken_before(subject, gate=gate, content_hash=content_hash)
    if asked is not None:
        raise ConflictError(
            f"Exactly this was let through gate {gate} by break-glass before, and that review is "
            f"{asked.get_state_display().lower()}. Its lanes decide, or the case changes."
        )


def may_break_glass(user: User) -> bool:
    """Whether the active person holds the permission by name."""
    return user.is_active and user.is_person and user.user_permissions.filter(**_PERMISSION).exists()


def check_may_break_glass(user: User) -> None:
    """Raise NotAllowedError unless the active person holds the permission by name."""
    if not may_break_glass(user):
        raise NotAllowedError("Break-glass is a permission of its own, which you do not have.")


@transaction.atomic
def permit_break_glass(*, person: User, by: User | None) -> None:
    """Give somebody the permission; an administrator of everything may, not to themselves. Raises NotAllowedError."""
    accounts.check_somebody_else(person, by=by)
    accounts.check_administers(by, to="permit break-glass")
    if not (person.is_active and person.is_person):
        raise InvalidError("Nobody was permitted.", fields={"person": ["Choose an active person."]})
    person.user_permissions.add(_permission())
    audit.record(action="break_glass.permitted", subject=Ref("user", str(person.pk)), by=by)


@transaction.atomic
def forbid_break_glass(*, person: User, by: User | None) -> None:
    """Take the permission back. Raises NotAllowedError."""
    accounts.check_administers(by, to="forbid break-glass")
    person.user_permissions.remove(_permission())
    audit.record(action="break_glass.forbidden", subject=Ref("user", str(person.pk)), by=by)


def _permission() -> auth.Permission:
    return auth.Permission.objects.get(**_PERMISSION)

"""Two who come in by single sign-on for the first time, at the same moment."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from apps.accounts import services
from apps.accounts.models import User
from apps.accounts.services import sign_on
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError
from tests.integration.together import at_once


def _meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two sign-ins both find that they are strangers before either is let in."""
    met, usual = Barrier(2), sign_on._new

    def together(*args: Any) -> User:
        with suppress(BrokenBarrierError):
            met.wait(10)
        met.abort()
        return usual(*args)

    monkeypatch.setattr(sign_on, "_new", together)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["sub-30", "sub-31"])
def test_two_who_come_in_for_the_first_time_at_once_are_both_let_in(
    second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch)
    told = {"preferred_username": "ada", "name": "Ada"}
    verbs = [
        partial(services.admit, issuer="https://id.example.org", subject=subject, told=told)
        for subject in ("sub-30", second)
    ]
    found = at_once(*verbs)
    assert {type(user) for user in found} == {User}, found
    assert len({user.pk for user in found}) == len({"sub-30", second}) == User.objects.count()
    assert AuditEvent.objects.filter(action="user.created").count() == User.objects.count()


@pytest.mark.django_db
def test_who_is_never_alone_at_the_door_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> User:
        raise ConflictError("Somebody has that name.")

    monkeypatch.setattr(sign_on, "_new", refuse)
    with pytest.raises(ConflictError, match="once more"):
        services.admit(issuer="https://id.example.org", subject="sub-1", told={})

"""Doorbells of people and access."""

from apps.accounts import services as accounts
from worker.task import answers


@answers("accounts.warn_of_expiring")
def warn_of_expiring() -> None:
    """Tell owners which tokens end soon."""
    accounts.warn_of_expiring()


@answers("accounts.forget_sessions")
def forget_sessions() -> None:
    """Delete the sessions whose time is over."""
    accounts.forget_sessions()

"""Doorbell of people and access."""

from apps.accounts import services as accounts
from worker.task import answers


@answers("accounts.warn_of_expiring")
def warn_of_expiring() -> None:
    """Tell owners which tokens end soon."""
    accounts.warn_of_expiring()

"""Where signing secrets and channels' addresses are kept: the credential store, by reference."""

from apps.accounts.models import User
from apps.core.egress import credentials
from apps.egress import services as egress


def keep(secret: str, *, by: User) -> str:
    """A reference to the secret, which is encrypted at rest. Raises ConflictError where the site keeps no secrets."""
    return egress.keep(secret, owner="webhook", by=by)


def reveal(reference: str) -> str:
    """The secret behind a reference, to be used at once and never shown. Raises CredentialError."""
    return credentials.read(reference)


def drop(reference: str) -> None:
    """Forget the secret."""
    egress.forget(reference)

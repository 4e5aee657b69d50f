"""Failed attempts to sign in, and whom an identity provider knows as whom."""

from django.db import models

from apps.accounts.models.people import User
from apps.core.models import BaseModel


class FailedSignIn(models.Model):
    """A refused name and password; kept until its time is over, and without the name, which may be a mistyped password.

    `name_hash` is keyed with SECRET_KEY. `address` is what `rules.counted_address` makes of the caller's.
    """

    name_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="failed_sign_in_address")]

    def __str__(self) -> str:
        return f"{self.address} at {self.at:%Y-%m-%d %H:%M:%S}"


class SignOnIdentity(BaseModel):
    """Who a person is to an identity provider: its issuer and its own, never reused, `sub`; never an e-mail address."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="sign_on_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"

"""Encrypts stored secrets anew under the first key of COE_SECRET_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.egress import services


class Command(BaseCommand):
    """Put the new key first, run this, and then take the old key away."""

    help = "Encrypt every stored secret anew under the first key of COE_SECRET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many there were."""
        try:
            rotated = services.rotate_secrets(by=None)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{rotated} secrets were encrypted anew; no other key is needed any more.")

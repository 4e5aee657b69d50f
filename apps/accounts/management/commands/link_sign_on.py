"""`manage.py link_sign_on USERNAME SUBJECT`: says who somebody with an account is to the identity provider."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import services
from apps.accounts.models import User, UserKind
from apps.core.errors import DomainError


class Command(BaseCommand):
    """Exit status 0 once linked, 1 for an unknown or linked name."""

    help = "Link a person to the `sub` that the identity provider of COE_OIDC_ISSUER tells of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and the provider's `sub`."""
        parser.add_argument("username")
        parser.add_argument("subject")

    def handle(self, *args: Any, **options: Any) -> None:
        """Link and say so."""
        if not settings.OIDC_ISSUER:
            raise CommandError("Set COE_OIDC_ISSUER first.")
        try:
            person = User.objects.get(username=options["username"], kind=UserKind.PERSON)
            services.link_identity(user=person, issuer=settings.OIDC_ISSUER, subject=options["subject"], by=None)
        except User.DoesNotExist:
            raise CommandError(f"There is nobody called {options['username']}.") from None
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{person.username} is linked.")

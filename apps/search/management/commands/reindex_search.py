"""`manage.py reindex_search`: bring the whole search index up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.search import registry, services
from apps.search.embedders import EmbeddingError


class Command(BaseCommand):
    """Compares every searchable thing with the index; after a change of the embedder it embeds all anew."""

    help = "Bring the search index up to date: all kinds, or one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        kinds = [index.kind for index in registry.all_indexes()]
        parser.add_argument("--kind", choices=kinds, help="only this kind (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reindex and print what changed."""
        try:
            outcome = services.reindex(kind=options["kind"])
        except EmbeddingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Written {outcome.written}, removed {outcome.removed}.")

"""App registration."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Embeddings, the index and hybrid search; other apps register what is indexed."""

    name = "apps.search"

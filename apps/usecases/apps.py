"""App registration."""

from django.apps import AppConfig


class UsecasesConfig(AppConfig):
    """The use-case registry: record, stage, standing and gates."""

    name = "apps.usecases"

    def ready(self) -> None:
        """Make cases known, reviewable and searchable."""
        from django.urls import reverse  # the app registry must be ready first

        from apps.accounts import kinds
        from apps.reviews import subjects
        from apps.search import registry
        from apps.usecases import selectors
        from apps.usecases.models import KIND, UseCase

        def url(case_id: str) -> str:
            return reverse("usecases:detail", args=[UseCase.objects.get(pk=case_id).ref])

        kinds.register(selectors.kind())
        subjects.register(KIND, subjects.Subject(selectors.content_hash, url, selectors.objection))
        registry.register(selectors.search_index())

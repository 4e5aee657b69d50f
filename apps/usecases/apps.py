"""App registration."""

from django.apps import AppConfig


class UsecasesConfig(AppConfig):
    """The use-case registry: record, stage, standing and gates."""

    name = "apps.usecases"

    def ready(self) -> None:
        """Make cases known, reviewable and searchable; drafts go with whoever typed them."""
        from apps.accounts import kinds  # the app registry must be ready first
        from apps.accounts import services as accounts
        from apps.reviews import subjects
        from apps.search import registry
        from apps.usecases import registry as pinning
        from apps.usecases import rules, selectors, services
        from apps.usecases.models import KIND

        kinds.register(selectors.kind(services.check_audience))
        reviewed = subjects.Subject(
            selectors.content_hash, selectors.objection, selectors.readable_revision,
            involved=selectors.having_part, involving=selectors.with_part_of, fixed=("Reference",),
        )  # fmt: skip
        subjects.register(KIND, reviewed)
        registry.register(selectors.search_index())
        for pinnable in selectors.pinnable():
            pinning.register(pinnable)
        accounts.on_erasure(lambda user: services.discard_draft(by=user))
        # A rule that reads what does not exist stops the portal here, not a case later.
        rules.rule_sets()

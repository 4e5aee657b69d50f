"""Use cases and what their gates need."""

from typing import Any

from apps.accounts.models import Role, User
from apps.usecases import services as usecases
from apps.usecases.models import Stage, TopicArea, UseCase
from tests.factories.people import person, unit


def case(*, by: User | None = None, stage: Stage = Stage.DISCOVER, **record: Any) -> UseCase:
    """A case, registered by its owner."""
    owner = by or person(Role.BUSINESS_OWNER)
    fields: dict[str, Any] = {
        "title": "Sort incoming invoices",
        "purpose": "Clerks sort by hand; sorting by machine saves them time.",
        "owner": owner,
        "business_unit": unit(),
        "topic_area": TopicArea.INTERNAL,
        **record,
    }
    registered = usecases.register(by=owner, **fields)
    if stage != Stage.DISCOVER:
        UseCase.objects.filter(pk=registered.pk).update(stage=stage)
        registered.refresh_from_db()
    return registered

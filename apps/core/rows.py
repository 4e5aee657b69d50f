"""Locking one row of any model for the rest of the transaction."""

from django.db.models import Model

from apps.core.errors import NotFoundError


def lock(row: Model) -> None:
    """Wait until nobody else changes `row`, and keep others from changing it. Raises NotFoundError when it is gone."""
    rows = type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk)
    if not rows.values_list("pk"):
        raise NotFoundError("It was removed a moment ago.")

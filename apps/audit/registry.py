"""Whose rows are kept in history: `@tracked()` above a model gives it a sealed, append-only table of its changes."""

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models

from apps.core import triggers

Tracked = TypeVar("Tracked", bound=type[models.Model])

# When the transaction commits: until then neither the row nor the events beside it are what they will be.
SEALED = pgtrigger.Trigger(
    name="sealed",
    level=pgtrigger.Row,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    func="PERFORM audit_seal(TG_TABLE_NAME::text, NEW); RETURN NULL;",
)
# The key is pgh_obj, the time pgh_created_at.
_TOLD_OTHERWISE = ("id", "created_at", "updated_at")


def tracked(*, without: tuple[str, ...] = ()) -> Callable[[Tracked], Tracked]:
    """Keep every insert, change and deletion of the model's rows, bulk ones and those by SQL too.

    `without` names fields that must not be kept for ever (names, addresses, secrets) or that a hash covers already.
    """
    keep = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=[*_TOLD_OTHERWISE, *without],
        obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="+"),
        context_field=pghistory.ContextJSONField(),
        # With the row, not in a table of its own that could be changed.
        context_id_field=None,  # type: ignore[arg-type]  # as pghistory documents it
        append_only=True,
        meta={"triggers": [triggers.NO_TRUNCATE, SEALED]},
    )

    def track(model: Tracked) -> Tracked:
        keep(model)
        # Emptying the table would fire no trigger of a row.
        if triggers.NO_TRUNCATE not in getattr(model._meta, "triggers", ()):
            pgtrigger.register(triggers.NO_TRUNCATE)(model)
        return model

    return track

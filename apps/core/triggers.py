"""Triggers by which PostgreSQL itself keeps a table append-only, and how migrations add any."""

import pgtrigger
from django.db.migrations.state import ProjectState
from pgtrigger import migrations

NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func="RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME;",
)
APPEND_ONLY = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), NO_TRUNCATE)


class AddTrigger(migrations.AddTrigger):
    """Adds a trigger without rendering anew, for each of them, every model that refers to its own.

    A trigger changes nothing of a model that a migration sees; so many of them cost an empty database half a minute.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The same as the library's, without `state.reload_model`."""
        options = state.models[app_label, self.model_name_lower].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]

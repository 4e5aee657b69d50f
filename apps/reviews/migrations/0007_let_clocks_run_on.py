"""The clocks of lanes run on where the board reopens a rejected request, so only what was asked stays frozen."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from apps.core.triggers import AddTrigger


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0006_overturn_beside_the_lanes"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="lanestep",
            name="frozen",
        ),
        AddTrigger(
            model_name="lanestep",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."carried_id" IS DISTINCT FROM (NEW."carried_id") OR OLD."lane" IS DISTINCT FROM (NEW."lane") OR OLD."lane_hash" IS DISTINCT FROM (NEW."lane_hash") OR OLD."mandatory" IS DISTINCT FROM (NEW."mandatory") OR OLD."request_id" IS DISTINCT FROM (NEW."request_id") OR OLD."target_days" IS DISTINCT FROM (NEW."target_days") OR OLD."watches" IS DISTINCT FROM (NEW."watches"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="4c0e5211efc8cf4440e8a46775f5827a55a43a6b",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_1afb9",
                    table="reviews_lanestep",
                    when="BEFORE",
                ),
            ),
        ),
    ]

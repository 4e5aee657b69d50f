"""Cases that exist have been in their stage since they were registered, as far as anybody knows."""

from django.db import migrations

_BEGIN = """
    INSERT INTO usecases_stagestay (id, created_at, updated_at, use_case_id, stage, entered_at)
    SELECT gen_random_uuid(), now(), now(), id, stage, created_at FROM usecases_usecase"""


class Migration(migrations.Migration):
    dependencies = [("usecases", "0009_weigh_cases_by_rules")]

    # Undone with the table, which the migration before this one made.
    operations = [migrations.RunSQL(_BEGIN, migrations.RunSQL.noop)]

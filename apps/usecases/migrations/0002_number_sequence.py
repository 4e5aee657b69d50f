"""The sequence that gives use cases their numbers."""

from django.db import migrations


class Migration(migrations.Migration):
    """A sequence never gives a number twice, also when a registration is rolled back."""

    dependencies = [("usecases", "0001_create_usecases")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE usecases_number AS bigint START 1",
            "DROP SEQUENCE usecases_number",
        )
    ]

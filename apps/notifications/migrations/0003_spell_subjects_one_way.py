from typing import Any
from uuid import UUID

from django.db import migrations, models

SPELT_SO = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def spell(apps: Any, schema_editor: Any) -> None:
    """Write ids as PostgreSQL does that were typed otherwise, such as `urn:uuid:…`."""
    notifications = apps.get_model("notifications", "Notification").objects
    for notification in notifications.exclude(subject_kind="").exclude(subject_id__regex=SPELT_SO):
        notifications.filter(pk=notification.pk).update(subject_id=str(UUID(notification.subject_id)))


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_say_whom_the_words_name"),
    ]

    operations = [
        migrations.RunPython(spell, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject_kind", ""), ("subject_id__regex", SPELT_SO), _connector="OR"),
                name="notification_subject_spelt_so",
            ),
        ),
    ]

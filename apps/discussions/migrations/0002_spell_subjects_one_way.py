from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import migrations, models

SPELT_SO = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def spell(apps: Any, schema_editor: Any) -> None:
    """Write ids as PostgreSQL does that were typed otherwise, such as `urn:uuid:…`."""
    comments = apps.get_model("discussions", "Comment").objects
    for comment in comments.exclude(subject_id__regex=SPELT_SO):
        comments.filter(pk=comment.pk).update(subject_id=str(UUID(comment.subject_id)))


class Migration(migrations.Migration):
    dependencies = [
        ("discussions", "0001_create_discussions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(spell, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject_id__regex", SPELT_SO)), name="comment_subject_spelt_so"
            ),
        ),
    ]

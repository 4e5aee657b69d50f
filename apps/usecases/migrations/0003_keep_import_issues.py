"""Values of imported rows that wait for a person's decision."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usecases", "0002_number_sequence")]

    operations = [
        migrations.CreateModel(
            name="ImportIssue",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("source", models.CharField(max_length=100)),
                ("column", models.CharField(max_length=200)),
                ("value", models.TextField(blank=True)),
                ("message", models.CharField(max_length=300)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "use_case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="import_issues",
                        to="usecases.usecase",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("use_case", "source", "column"), name="import_issue_once")
                ],
            },
        ),
    ]

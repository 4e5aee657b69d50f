"""pgvector; creating the extension needs a superuser, on a managed server a database administrator first."""

from django.db import migrations
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    """Where the extension is there already, this changes nothing."""

    initial = True
    dependencies = []

    operations = [VectorExtension()]

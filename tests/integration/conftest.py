"""What tests of searching by meaning share."""

from typing import Any

import pytest
from django.db import connection


@pytest.fixture
def clean_vectors(db: Any) -> None:
    """An index of vectors without those that earlier tests took back: a search goes past only so many dead ones."""
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX search_document_embedding")

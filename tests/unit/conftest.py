"""Property tests are judged by what they find, not by how fast a busy machine is."""

import pytest
from hypothesis import settings

from apps.core.egress import sources

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions for outgoing calls from the settings alone, not from a database."""
    monkeypatch.setattr(sources, "_sources", [])

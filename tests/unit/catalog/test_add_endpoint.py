"""What an endpoint may be: one answer an input, a key only where it may go, an identity that knows the sandbox."""

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import Settings

from apps.accounts.models import Role
from apps.catalog import sandbox
from apps.catalog import services as catalog
from apps.catalog.models import Endpoint, EndpointKind, RecordedAnswer
from apps.core.errors import InvalidError
from tests.factories import shelves
from tests.factories.people import person

pytestmark = pytest.mark.django_db
_QUESTION = {"question": "What is 2 + 2?"}


def test_two_different_answers_to_one_input_are_refused_and_the_input_is_named() -> None:
    with pytest.raises(InvalidError) as refused:
        shelves.recorded_endpoint([(_QUESTION, "4"), ({"question": "x"}, "1"), (_QUESTION, "5")])
    assert '{"question":"What is 2 + 2?"}' in refused.value.fields["answers"][0].replace(": ", ":")
    assert not Endpoint.objects.exists()


def test_the_same_answer_twice_is_one_answer() -> None:
    shelves.recorded_endpoint([(_QUESTION, "4"), (_QUESTION, "4")])
    assert RecordedAnswer.objects.count() == 1


def test_another_version_of_the_sandbox_is_another_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _sandbox("sandbox")
    assert _sandbox("sandbox") == first
    monkeypatch.setattr(sandbox, "VERSION", sandbox.VERSION + 1)
    assert _sandbox("sandbox") != first


def _sandbox(slug: str) -> str:
    """The content hash that a new sandbox endpoint gets; the endpoint itself is taken back."""
    by = person(Role.ARCHITECT)
    with transaction.atomic():
        found = catalog.add_endpoint(slug=slug, name=slug, kind=EndpointKind.SANDBOX, by=by).content_hash
        transaction.set_rollback(True)
    return found


@override_settings(EGRESS_ALLOWED=["https://models.example.org=COE_ENDPOINT_KEY_A", "https://other.example.org"])
@pytest.mark.parametrize(
    ("url", "key", "field"),
    [
        ("https://models.example.org/v1", "COE_ENDPOINT_KEY_A", ""),
        ("https://other.example.org/v1", "", ""),
        ("https://other.example.org/v1", "COE_ENDPOINT_KEY_A", "key_variable"),
        ("https://models.example.org/v1", "COE_ENDPOINT_KEY_B", "key_variable"),
        ("https://models.example.org:8443/v1", "COE_ENDPOINT_KEY_A", "base_url"),
        ("http://models.example.org/v1", "COE_ENDPOINT_KEY_A", "base_url"),
    ],
)
def test_a_key_is_bound_to_the_origins_it_may_be_sent_to(settings: Settings, url: str, key: str, field: str) -> None:
    try:
        shelves.openai_endpoint(url, key_variable=key)
        refused: list[str] = []
    except InvalidError as error:
        refused = list(error.fields)
    assert refused == ([field] if field else [])

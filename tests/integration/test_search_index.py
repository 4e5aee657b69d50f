"""Keeping the search index true to the cases, through the outbox and by reindexing."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from apps.accounts.models import Role, User
from apps.outbox import services as outbox
from apps.portal.reactions import REACTIONS
from apps.search import embedders, selectors, services
from apps.search.models import SearchDocument
from apps.usecases import services as usecases
from tests.factories import shelves
from tests.factories.cases import case
from tests.factories.people import person
from tests.integration.together import at_once

KIND = "use_case"


def titles(text: str, viewer: User) -> list[str]:
    """The titles found, without the reference in front."""
    return [hit.title.partition(" ")[2] for hit in selectors.search(text, viewer=viewer)]


def drained() -> None:
    """Let the worker's reactions happen."""
    assert outbox.drain(REACTIONS) > 0


@pytest.mark.django_db
def test_the_index_follows_a_case_through_the_outbox() -> None:
    owner = person(Role.BUSINESS_OWNER)
    registered = case(by=owner, title="Sort incoming invoices")
    assert not titles("invoices", owner)
    drained()
    assert titles("invoices", owner) == ["Sort incoming invoices"]
    usecases.edit(use_case=registered, version=1, by=owner, title="Route parcels", purpose="Lorries wait too long.")
    drained()
    assert titles("parcels", owner) == ["Route parcels"]
    assert not titles("invoices", owner)


@pytest.mark.django_db
def test_a_thing_that_is_gone_leaves_the_index() -> None:
    registered = case()
    drained()
    gone = str(uuid4())
    SearchDocument.objects.filter(object_id=str(registered.pk)).update(object_id=gone)
    assert services.index(kind=KIND, id=gone) == services.Outcome(removed=1)
    assert services.index(kind=KIND, id=gone) == services.Outcome()


@pytest.mark.django_db
def test_reindexing_mends_whatever_is_wrong() -> None:
    kept, lost = case(title="Kept"), case(title="Lost")
    drained()
    kept_row = SearchDocument.objects.get(object_id=str(kept.pk))
    SearchDocument.objects.filter(object_id=str(lost.pk)).delete()
    for kind, stray in ((KIND, "00000000-0000-0000-0000-000000000000"), ("a kind of the past", "1")):
        kept_row.pk = None
        kept_row.kind, kept_row.object_id = kind, stray
        kept_row._state.adding = True
        kept_row.save()
    assert services.reindex(batch=1) == services.Outcome(written=1, removed=2)
    assert set(SearchDocument.objects.values_list("object_id", flat=True)) == {str(kept.pk), str(lost.pk)}


@pytest.mark.django_db
def test_a_reference_is_found_and_moves_no_meaning() -> None:
    owner = person(Role.BUSINESS_OWNER)
    twins = [case(by=owner), case(by=owner)]
    drained()
    one, other = SearchDocument.objects.all()
    assert (one.title, one.content_hash) != (other.title, other.content_hash)
    assert list(one.embedding) == list(other.embedding)
    for twin in twins:
        assert selectors.search(twin.ref, viewer=owner)[0].object == twin


class Counting:
    """The local embedder under another name, counting what it embeds."""

    name, revision, dim = "counting", "1", 256

    def __init__(self) -> None:
        self.texts = 0
        self._local = embedders.current()

    def embed(self, texts: Any) -> embedders.Vectors:
        """As the local embedder does."""
        self.texts += len(texts)
        return self._local.embed(texts)


@pytest.mark.django_db
def test_unchanged_text_is_embedded_again_only_for_another_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = person(Role.BUSINESS_OWNER)
    registered = case(by=owner)
    drained()
    counting = Counting()
    monkeypatch.setattr(embedders, "current", lambda: counting)
    for expected in (1, 1):
        services.index(kind=KIND, id=str(registered.pk))
        assert counting.texts == expected
    counting.revision = "2"
    services.reindex()
    assert counting.texts == 2
    assert SearchDocument.objects.get().embedder_revision == "2"


@pytest.mark.django_db
def test_vectors_of_another_embedder_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = person(Role.BUSINESS_OWNER)
    case(by=owner, title="Condense the feedback of unhappy clients", purpose="Nobody reads it all.")
    drained()
    assert titles("summarise customer complaints", owner)
    counting = Counting()
    monkeypatch.setattr(embedders, "current", lambda: counting)
    assert not titles("summarise customer complaints", owner)


@pytest.mark.django_db
def test_a_text_beyond_every_limit_is_indexed_by_its_beginning() -> None:
    owner = person(Role.BUSINESS_OWNER)
    version = shelves.prompt(" ".join(f"word{number}" for number in range(9_000)))
    drained()
    assert [hit.object for hit in selectors.search("word42", viewer=owner)] == [version.prompt]
    assert len(SearchDocument.objects.get().body) == services.LONGEST_BODY


@pytest.mark.django_db
def test_the_command_reindexes_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    case()
    call_command("reindex_search", kind=KIND)
    assert capsys.readouterr().out == "Written 1, removed 0.\n"


@pytest.mark.django_db
def test_an_unregistered_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        services.index(kind="no such kind", id="1")


@pytest.mark.django_db(transaction=True)
def test_indexing_the_same_thing_at_once_leaves_one_row() -> None:
    registered = case()

    def index() -> services.Outcome:
        return services.index(kind=KIND, id=str(registered.pk))

    outcomes = at_once(index, index, index, services.reindex)
    assert sum(outcome.written for outcome in outcomes) == 1
    assert SearchDocument.objects.count() == 1

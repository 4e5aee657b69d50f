"""Similar cases, found by meaning while somebody types, among what they may see."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role
from apps.search import embedders
from apps.search import selectors as search
from apps.search import services as indexing
from apps.usecases import selectors
from apps.usecases.models import KIND, UseCase
from tests.factories import cases
from tests.factories.people import person, team, unit

pytestmark = pytest.mark.django_db
TITLE = "Speech to text"
PURPOSE = "Interviews are recorded and typed by hand; a machine turns the audio of the recordings into written text."
SPEECH = f"{TITLE}\n{PURPOSE}"


def indexed(**record: Any) -> UseCase:
    """A case that search knows of."""
    case = cases.case(**record)
    indexing.index(kind=KIND, id=str(case.pk))
    return case


@pytest.fixture
def transcription() -> UseCase:
    """A case in other words than those of SPEECH, beside one about something else."""
    indexed(title="Forecast the demand for snow ploughs", purpose="Weather and roads decide how many are on duty.")
    return indexed(
        title="Audio transcription",
        purpose="Audio recordings of interviews are transcribed by hand; a text transcript is made by machine instead.",
    )


def test_a_case_in_other_words_is_found(transcription: UseCase) -> None:
    (found,) = selectors.similar(SPEECH, viewer=person())
    assert found.case == transcription
    assert (found.standing, found.words) == ("Unreviewed", "much alike")
    assert search.ALIKE <= found.nearness < search.NEARLY_THE_SAME


def test_the_same_words_are_nearly_the_same(transcription: UseCase) -> None:
    found = selectors.similar(f"{transcription.title}\n{transcription.purpose}", viewer=person())
    assert [(each.case, each.words) for each in found] == [(transcription, "nearly the same")]


def test_a_case_is_not_similar_to_itself(transcription: UseCase) -> None:
    assert selectors.similar(SPEECH, viewer=person(), but=transcription) == []


def test_what_a_person_may_not_see_is_not_found(transcription: UseCase) -> None:
    ours = team(within=unit("Retail"))
    accounts.assign(kind=KIND, thing=transcription, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    assert selectors.similar(SPEECH, viewer=person()) == []
    assert selectors.similar(SPEECH, viewer=person(Role.AI_ENGINEER, team=ours)) != []


@pytest.mark.parametrize("text", ["", "audio", "   \n ", "\x00\x00", "!!!!????!!!!????"])
def test_too_little_to_mean_anything_finds_nothing(transcription: UseCase, text: str) -> None:
    assert selectors.similar(text, viewer=person()) == []


def test_without_an_embedder_nothing_is_found_and_nothing_breaks(
    transcription: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise embedders.EmbeddingError("gone")

    monkeypatch.setattr(embedders, "current", broken)
    assert selectors.similar(SPEECH, viewer=person()) == []


def test_only_the_nearest_few_are_found_and_best_first() -> None:
    for number in range(7):
        indexed(
            title=f"Audio transcription {number}",
            purpose="Transcribe recordings of interviews." + " Fast." * number,
            why_new="Another unit's.",
        )
    found = selectors.similar("Audio transcription\nTranscribe recordings of interviews.", viewer=person())
    assert len(found) == selectors.MOST_SIMILAR
    assert [each.nearness for each in found] == sorted((each.nearness for each in found), reverse=True)


def test_an_unknown_kind_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        search.similar("no-such-kind", SPEECH, person())


def test_the_part_of_the_page_names_each_case_or_is_empty(transcription: UseCase) -> None:
    client = Client()
    client.force_login(person())
    part = client.get("/use-cases/similar", {"title": TITLE, "purpose": PURPOSE}).content.decode()
    for words in (transcription.ref, transcription.title, "Discover", "Unreviewed", "Operations", "much alike"):
        assert words in part
    assert "<html" not in part
    nothing = client.get("/use-cases/similar", {"title": "Payroll of lighthouse keepers", "purpose": ""})
    assert (nothing.status_code, nothing.content.strip()) == (200, b"")


def test_asking_is_bounded_like_search(settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "search": "2/day"}
    client = Client()
    client.force_login(person())
    answers = [client.get("/use-cases/similar", {"title": "Interviews"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0

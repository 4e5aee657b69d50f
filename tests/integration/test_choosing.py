"""Fields that choose one of many: a drop-down while it is short, words and suggestions after that."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Audience, BusinessUnit, Role, User
from apps.core import choosing
from apps.usecases import services
from apps.usecases.models import UseCase
from tests.factories import people, shelves

pytestmark = pytest.mark.django_db
FIELDS = {"title": "Sort letters", "purpose": "Clerks sort by hand.", "topic_area": "internal"}


@pytest.fixture
def crowd() -> list[User]:
    """More people than a drop-down shows."""
    rows = [User(username=f"clerk-{n}", display_name=f"Clerk number {n}") for n in range(choosing.MOST_LISTED + 1)]
    return User.objects.bulk_create(rows)


@pytest.fixture
def reader(client: Client) -> User:
    """Somebody signed in, who registers cases."""
    found = people.person(Role.BUSINESS_OWNER)
    client.force_login(found)
    # Whose it is, is asked once somebody has said what it is.
    services.save_draft(values=FIELDS, by=found)
    return found


def suggested(client: Client, source: str, text: str, name: str = "owner") -> str:
    """The options that a field called `name` gets."""
    answer = client.get(reverse("choices", args=[source]), {name: text}, headers={"HX-Trigger-Name": name})
    assert answer.status_code == 200
    return answer.content.decode()


def register(client: Client, owner: str, unit: BusinessUnit) -> UseCase | str:
    """The case registered with this owner, or the page that refused it."""
    body = {**FIELDS, "owner": owner, "business_unit": str(unit.pk), "audience": "organisation"}
    answer = client.post(reverse("usecases:register"), body)
    return UseCase.objects.get() if answer.status_code == 302 else answer.content.decode()


def test_a_few_are_a_drop_down(client: Client, reader: User) -> None:
    page = client.get(reverse("usecases:register"), {"step": "owner"}).content.decode()
    assert '<select name="owner"' in page


def test_many_are_typed_and_the_page_holds_none_of_them(client: Client, reader: User, crowd: list[User]) -> None:
    page = client.get(reverse("usecases:register"), {"step": "owner"}).content.decode()
    assert '<select name="owner"' not in page
    assert "Clerk number 7" not in page
    assert f'value="{reader}"' in page


def test_suggestions_hold_every_word_and_are_few(client: Client, reader: User, crowd: list[User]) -> None:
    assert suggested(client, "person", "number 10").count("<option") == 2  # 10 and 100
    assert suggested(client, "person", "clerk").count("<option") == 20
    assert suggested(client, "person", "nobody-of-this-name") == ""
    assert '"Clerk number 7 (clerk-7)"' in suggested(client, "person", "Clerk number 7 (clerk-7)")


@pytest.mark.parametrize("typed", ["Clerk number 7 (clerk-7)", "clerk-7", "number 77", " clerk-77 "])
def test_a_row_is_named_by_its_key_or_by_words_that_fit_it_alone(
    client: Client, reader: User, crowd: list[User], typed: str
) -> None:
    case = register(client, typed, people.unit("Retail"))
    assert isinstance(case, UseCase), case
    assert case.owner.username == f"clerk-{typed.strip().rstrip(')').split('-')[-1].split()[-1]}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Zebra", "Nothing here is called “Zebra”"),
        ("number 1", "and others. Choose one."),
        ("<b>Zebra</b>", "Nothing here is called “&lt;b&gt;Zebra&lt;/b&gt;”"),
        ("\x00", "Nothing here is called"),
        ("x" * 5_000, "Nothing here is called"),
        ("6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "Nothing here is called"),
    ],
)
def test_what_fits_none_or_several_is_refused_in_words_and_stays_typed(
    client: Client, reader: User, crowd: list[User], typed: str, said: str
) -> None:
    page = register(client, typed, people.unit("Retail"))
    assert isinstance(page, str)
    assert said in page
    assert not UseCase.objects.exists()
    if typed == "Zebra":
        assert 'value="Zebra"' in page


def test_only_what_the_reader_may_see_is_suggested(client: Client, reader: User) -> None:
    hidden = shelves.prompt().prompt
    hidden.audience, hidden.team = Audience.TEAM, people.team()
    hidden.save()
    assert suggested(client, "prompt_version", hidden.name) == ""
    hidden.audience = Audience.ORGANISATION
    hidden.save()
    assert f"({hidden.slug}@1)" in suggested(client, "prompt_version", hidden.name)


@pytest.mark.parametrize("source", ["person", "unit", "team", "endpoint", "prompt_version", "dataset_version"])
@pytest.mark.parametrize("text", ["", "a", "%", "x@y", "a (b@" + "9" * 30 + ")", "\x00", "'"])
def test_every_source_answers_whatever_is_typed(client: Client, reader: User, source: str, text: str) -> None:
    suggested(client, source, text)


def test_an_unknown_source_is_not_found_and_strangers_sign_in(client: Client) -> None:
    assert client.get("/choices/person").status_code == 302
    client.force_login(people.person())
    assert client.get("/choices/zebras").status_code == 404

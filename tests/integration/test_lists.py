"""Lists on real PostgreSQL: what they show, count, page through and refuse, for exactly whom."""

import gzip
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Role, User
from apps.core import lists
from apps.core.lists import counting, places
from apps.reviews import services as reviews
from apps.reviews.models import Outcome
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.models import Stage, Standing, TopicArea, UseCase
from apps.usecases.views import CASES
from tests.factories import cases, people, shelves

pytestmark = pytest.mark.django_db
PAGES = ["/use-cases/", "/models/", "/prompts/", "/datasets/", "/evaluations/", "/reviews/", "/audit/"]
HTMX = {"HX-Request": "true", "HX-Target": "results"}
_STAGES = [Stage.DISCOVER, Stage.PLAY, Stage.PLAY, Stage.DEVELOP]


@pytest.fixture
def reader(client: Client) -> User:
    """A signed-in administrator, who sees every row."""
    user = people.person(Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def some(count: int) -> list[UseCase]:
    """Cases of two owners over several stages and topics."""
    owners = [people.person(Role.BUSINESS_OWNER) for _ in range(2)]
    topics = [TopicArea.INTERNAL, TopicArea.LAW]
    return [
        cases.case(by=owners[n % 2], title=f"Case {n % 5}", stage=_STAGES[n % 4], topic_area=topics[n % 2])
        for n in range(count)
    ]


def page(client: Client, path: str, **headers: str) -> str:
    """The page at `path`, which must open."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def rows(html: str) -> list[str]:
    """The references of the cases on a page, in its order."""
    return re.findall(r'kind-ref">\s*(UC-\d+)', html)


def table(user: User, query: str = "", listing: lists.List = CASES) -> lists.Table:
    """The table of use cases at this query string."""
    return lists.Table(
        listing, lists.read(listing, QueryDict(query)), selectors.use_cases(viewer=user), path="/use-cases/"
    )


@pytest.mark.parametrize("path", PAGES)
def test_every_list_page_opens_empty_and_full_whatever_its_state(client: Client, reader: User, path: str) -> None:
    assert "kind-" in page(client, path) or 'class="empty"' in page(client, path)
    cases.submitted(cases.pinned(cases.case()))
    shelves.dataset()
    listing = next(known for known in lists.known() if known.address == path)
    for query in (
        "",
        "filters=open",
        "density=compact",
        *(f"sort={s}{key}" for key in listing.sortable for s in ("", "-")),
    ):
        assert "<table>" in page(client, f"{path}?{query}") or path == "/evaluations/"


def test_a_page_is_narrowed_by_words_and_by_several_values_of_several_facets(client: Client, reader: User) -> None:
    made = some(8)
    wanted = [case for case in made if case.stage in ("PLAY", "DEVELOP") and case.topic_area == "law"]
    found = rows(page(client, "/use-cases/?stage=PLAY&stage=DEVELOP&topic=law"))
    assert found == [case.ref for case in reversed(wanted)]
    assert rows(page(client, f"/use-cases/?q={made[3].ref}")) == [made[3].ref]


def test_the_counts_of_every_facet_are_the_rows_that_choosing_it_would_leave(reader: User) -> None:
    some(12)
    for query in ("", "stage=PLAY", "stage=PLAY&topic=law", "q=Case+1", "stage=PLAY&stage=DEVELOP&unit=Operations"):
        state = lists.read(CASES, QueryDict(query))
        for choosing in table(reader, query).facets:
            for option in choosing.options if choosing.facet.counted else ():
                alone = state.query(chosen={**state.chosen, choosing.facet.name: (option.value,)}).removeprefix("?")
                assert option.count is not None
                assert option.count.count == len(table(reader, alone).rows), (query, choosing.facet.name, option)


def test_nothing_counts_what_the_reader_may_not_see(client: Client) -> None:
    some(4)
    stranger = people.person()
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    stranger.refresh_from_db()
    found = table(stranger)
    assert (found.rows, found.total.count) == ([], 0)
    counted = [choosing for choosing in found.facets if choosing.facet.counted]
    assert all(option.count == counting.Total(0) for choosing in counted for option in choosing.options)


def test_a_large_list_counts_up_to_a_bound_and_says_so(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    some(6)
    monkeypatch.setattr(counting, "BOUND", 4)
    found = table(reader, listing=lists.List(**{**vars(CASES), "size": 3}))
    assert str(found.total) == "4+"
    assert found.summary == "4+ rows"
    assert all(option.count and option.count.more for option in found.facets[0].options if option.count.count)  # type: ignore[union-attr]


@pytest.mark.parametrize("sort", [s + key for key in CASES.sortable for s in ("", "-")])
def test_paging_shows_each_row_once_in_any_order_and_back_again(reader: User, sort: str) -> None:
    made = some(11)
    small = lists.List(**{**vars(CASES), "size": 3})
    there, back, query = [], [], f"sort={sort}"
    while True:
        found = table(reader, query, small)
        there.append([row.pk for row in found.window.rows])
        if not found.next:
            break
        query = found.next.split("?", 1)[1]
    assert [key for part in there for key in part] == [
        row.pk for row in places.ordered(small, found.matching, sort=sort)
    ]
    assert len({key for part in there for key in part}) == len(made)
    while found.previous:
        found = table(reader, found.previous.split("?", 1)[1], small)
        back.append([row.pk for row in found.window.rows])
    assert back == there[-2::-1]
    assert found.span == "1–3 of 11"


def test_rows_without_a_value_come_last_and_are_paged_through_too(reader: User) -> None:
    some(5)
    sponsor = people.person(name="zoe")
    for case in UseCase.objects.order_by("number")[:2]:
        UseCase.objects.filter(pk=case.pk).update(sponsor=sponsor)
    column = lists.Column("sponsor", "Sponsor", lambda case: case.sponsor, sort="sponsor__display_name")
    small = lists.List(title="Few", order="sponsor", columns=[column], size=2)
    for sort in ("sponsor", "-sponsor"):
        seen: list[Any] = []
        query = f"sort={sort}"
        while query:
            found = table(reader, query, small)
            seen += [row.sponsor_id for row in found.window.rows]
            query = found.next.partition("?")[2]
        assert seen == [sponsor.pk, sponsor.pk, None, None, None]
        while found.previous:
            found = table(reader, found.previous.split("?", 1)[1], small)
        assert [row.sponsor_id for row in found.window.rows] == [sponsor.pk, sponsor.pk]


def test_headers_are_links_that_sort_and_turn_around(client: Client, reader: User) -> None:
    some(1)
    html = page(client, "/use-cases/?sort=title&stage=DISCOVER")
    assert 'aria-sort="ascending"' in html
    assert 'href="/use-cases/?stage=DISCOVER&amp;sort=-title"' in html
    assert html.count("aria-sort") == 1


def test_columns_and_density_are_chosen_in_the_address(client: Client, reader: User) -> None:
    some(1)
    html = page(client, "/use-cases/?columns=stage,sponsor&density=compact")
    assert re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([\w ]+)', html) == ["Title", "Stage", "Sponsor"]
    assert 'class="table-scroll compact"' in html


def test_what_was_not_understood_is_said_on_the_page_and_escaped(client: Client, reader: User) -> None:
    html = page(client, "/use-cases/?stage=%3Cb%3Enone&<i>x=1")
    assert "stage=&lt;b&gt;none was ignored: Stage can be" in html
    assert "<b>none" not in html
    assert "<i>x" not in html


def test_htmx_gets_the_results_with_fresh_counts_and_the_one_address_of_the_state(client: Client, reader: User) -> None:
    some(4)
    path = "/use-cases/?filters=open&stage=PLAY&q=&sort=-ref&density=comfortable"
    response = client.get(path, headers={**HTMX, "HX-Trigger": "facet-stage"})
    html = response.content.decode()
    assert "<html" not in html
    assert response["HX-Push-Url"] == "/use-cases/?stage=PLAY&filters=open"
    assert 'id="facet-topic" hx-swap-oob="true"' in html
    assert 'id="facet-stage"' not in html  # it has the focus, and its own choice changes none of its counts
    opened = client.get(path, headers={**HTMX, "HX-Target": "facets"}).content.decode()
    assert 'id="facet-stage"' in opened
    assert "<table>" not in opened


def test_a_list_page_asks_the_same_few_questions_for_ten_rows_and_a_hundred(client: Client, reader: User) -> None:
    owner, case = people.person(Role.BUSINESS_OWNER), cases.case()
    fields = {f.attname: getattr(case, f.attname) for f in UseCase._meta.concrete_fields if not f.primary_key}
    asked: dict[int, list[int]] = {}
    for count in (10, 100):
        numbers = range(case.number + UseCase.objects.count(), case.number + count)
        UseCase.objects.bulk_create(UseCase(**{**fields, "number": n, "owner_id": owner.pk}) for n in numbers)
        for query in ("", "?filters=open", "?filters=open&stage=DISCOVER&sort=owner"):
            page(client, f"/use-cases/{query}")
            with CaptureQueriesContext(connection) as captured:
                html = page(client, f"/use-cases/{query}")
            asked.setdefault(count, []).append(len(captured))
            assert len(gzip.compress(html.encode())) < 25_000
    assert asked[10] == asked[100]
    assert max(asked[100]) <= 12, asked


_texts = st.text(max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["q", "stage", "owner", "unit", "sort", "columns", "density", "place", "view", "z"]), _texts
        )
    )
)
def test_any_address_gives_a_page(client: Client, reader: User, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    page(client, f"/use-cases/?{query}")
    page(client, f"/use-cases/?filters=open&{query}")


def test_nothing_yet_offers_the_first_action_to_whoever_may_take_it(client: Client) -> None:
    for role, offered in ((Role.AI_ENGINEER, True), (Role.AUDITOR, False)):
        client.force_login(people.person(role))
        empty = page(client, "/prompts/").split('class="empty"')[1]
        assert "No prompt is written yet" in empty
        assert ('href="/prompts/new"' in empty) == offered


def test_no_match_names_the_filters_and_offers_to_clear_them(client: Client, reader: User) -> None:
    some(1)
    empty = page(client, "/use-cases/?q=zebra&stage=RETIRED&sort=title").split('class="empty"')[1]
    assert "“zebra”" in empty
    assert "Stage: Retired" in empty
    assert 'href="/use-cases/?sort=title">Clear all' in empty


def test_no_access_names_whom_to_ask(client: Client) -> None:
    keeper = people.person(Role.ADMINISTRATOR, name="keeper-of-roles")
    client.force_login(people.person())
    empty = page(client, "/prompts/").split('class="empty"')[1]
    assert "nothing here that you may see" in empty
    assert f"Ask an administrator for one: {keeper}" in empty


def test_chips_name_people_as_the_filters_do(client: Client, reader: User) -> None:
    case = cases.case()
    User.objects.filter(pk=case.owner_id).update(display_name="Ada Owner")
    assert "Owner: Ada Owner" in page(client, f"/use-cases/?owner={case.owner.username}")
    assert "Owner: nobody-here" in page(client, "/use-cases/?owner=nobody-here")


def test_counts_agree_with_rows_for_standing_too(reader: User) -> None:
    cases.submitted(cases.pinned(cases.case()))
    some(3)
    options = {o.value: o.count.count for o in table(reader).facets[1].options if o.count}
    seen = Counter(row.standing for row in table(reader).window.rows)
    assert {value: n for value, n in options.items() if n} == dict(seen)


def test_narrowing_by_standing_finds_what_each_case_says_of_itself(reader: User) -> None:
    some(2)
    asked, lapsed, again, withdrawn, revoked, *decided = [cases.case() for _ in range(5 + len(Outcome))]
    cases.submitted(asked)
    for case, outcome in zip(decided, Outcome, strict=True):
        cases.decided(cases.submitted(case), outcome)
    cases.decided(cases.submitted(lapsed))
    usecases.edit(use_case=UseCase.objects.get(pk=lapsed.pk), version=1, by=lapsed.owner, title="Other words")
    for case in (again, withdrawn):
        reviews.withdraw(request_id=cases.submitted(case).pk, by=case.owner)
    cases.submitted(again)
    approved = cases.decided(cases.submitted(revoked))
    reviews.revoke(request_id=approved.pk, reason="It leaked.", by=cases.decider("board"))
    own = {case.pk: case.standing for case in selectors.use_cases(viewer=reader)}
    assert set(own.values()) == set(Standing)
    for standing in Standing:
        found = {row.pk for row in table(reader, f"standing={standing.value}").window.rows}
        assert found == {key for key, value in own.items() if value == standing}, standing
    both = table(reader, "standing=UNREVIEWED&standing=LAPSED").window.rows
    assert {row.standing for row in both} == {"UNREVIEWED", "LAPSED"}

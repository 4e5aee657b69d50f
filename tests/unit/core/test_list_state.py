"""What a list makes of an address: all of its state, nothing else, and never a crash."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.core import lists
from apps.core.lists.places import Place


def _even(text: str) -> int:
    if int(text) % 2:
        raise ValueError("only even numbers are counted.")
    return int(text)


THINGS = lists.List(
    page="usecases:list",
    title="Things",
    order="-made",
    search=lambda text: None,  # type: ignore[arg-type,return-value]  # the words are not applied here
    columns=[
        lists.Column("name", "Name", str, sort="name"),
        lists.Column("made", "Made", str, kind="time", sort="created_at"),
        lists.Column("size", "Size", str, kind="number"),
        lists.Column("note", "Note", str, shown=False),
    ],
    facets=[
        lists.Facet("state", "State", "state", [("open", "Open"), ("done", "Done")]),
        lists.Facet("owner", "Owner", "owner__username"),
        lists.Facet("number", "Number", "number", parse=_even),
        lists.Facet("only", "Only", choices=[("a", "A"), ("b", "B")], single=True),
    ],
)
WITHIN = lists.List(title="Within", order="name", keep=("version",), columns=THINGS.columns)


def state(query: str = "", listing: lists.List = THINGS) -> lists.State:
    """The state of the list at this query string."""
    return lists.read(listing, QueryDict(query))


def test_a_bare_address_asks_for_everything_in_the_usual_order_and_columns() -> None:
    found = state()
    assert (found.words, found.chosen, found.sort, found.density) == ("", {}, "-made", "comfortable")
    assert found.shown == ["name", "made", "size"]
    assert not found.narrowed
    assert found.query() == "?"


def test_every_part_of_the_state_is_read_and_written_back() -> None:
    query = "q=red%20tape&state=open&state=done&owner=ada&sort=name&columns=name,note&density=compact&filters=open"
    found = state(query)
    assert found.chosen == {"state": ("open", "done"), "owner": ("ada",)}
    assert (found.words, found.sort, found.columns, found.density) == ("red tape", "name", ("name", "note"), "compact")
    assert found.query() == "?" + query
    assert found.ignored == ()


@pytest.mark.parametrize("query", ["columns=note&columns=size", "columns=size,note", "columns=,note,,size"])
def test_columns_may_be_ticked_or_listed_and_the_first_always_shows(query: str) -> None:
    assert state(query).shown == ["name", "size", "note"]


def test_what_says_nothing_is_not_written() -> None:
    assert state("q=&state=&sort=-made&columns=name,made,size&density=comfortable&view=all").query() == "?"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=lost", "state=lost was ignored: State can be open or done."),
        ("sort=size", "sort=size was ignored: it can be name, -name, made or -made."),
        ("sort=owner__password", "it can be name"),
        ("columns=name,secret", "columns=secret was ignored: columns can be name, made, size or note."),
        ("density=huge", "density=huge was ignored: it can be comfortable or compact."),
        ("number=3", "number=3 was ignored: only even numbers are counted."),
        ("number=three", "number=three was ignored"),
        ("only=a&only=b", "only=b was ignored: at most 1 can be chosen."),
        ("place=forged", "place=forged was ignored: it names no place"),
        ("view=mine", "view=mine was ignored: there is no such saved view."),
        ("format=pdf", "format=pdf was ignored: it can be csv or xlsx."),
        ("state__in=open", "state__in=open was ignored: this list knows q, state, owner, number, only, sort"),
        ("owner__password__startswith=a", "was ignored"),
        ("q=" + "x" * 201, "a search has at most 200 characters."),
    ],
)
def test_what_is_not_declared_is_ignored_aloud(query: str, words: str) -> None:
    found = state(query)
    assert any(words in told for told in found.ignored), found.ignored
    assert "owner__password" not in found.query()


def test_many_wrong_parameters_are_told_in_a_few_lines() -> None:
    found = state("&".join(f"wrong{number}=1" for number in range(30)))
    assert len(found.ignored) == 6
    assert found.ignored[-1] == "25 more parameters were ignored."


def test_a_list_inside_a_page_keeps_the_parameters_of_the_page_and_has_no_export() -> None:
    found = state("version=3&sort=-name", WITHIN)
    assert found.query() == "?version=3&sort=-name"
    assert state("format=csv", WITHIN).format == ""
    assert state("q=words", WITHIN).ignored == ("q=words was ignored: this list has no search.",)


def test_a_value_can_be_taken_out_again() -> None:
    found = state("state=open&state=done&owner=ada")
    assert found.without("state", "open") == "?state=done&owner=ada"
    assert found.without("owner", "ada") == "?state=open&state=done"


def test_text_that_postgresql_cannot_store_is_mended() -> None:
    assert state("q=a%00b&owner=%ED%A0%80").words == "a\ufffdb"


def test_a_place_is_taken_from_its_own_list_and_order_only() -> None:
    token = Place("2026", "7", 50, back=False).token(salt=THINGS.salt, sort="-made")
    assert state(f"place={token}").place == Place("2026", "7", 50, back=False)
    assert state(f"place={token}&sort=name").place is None
    assert state(f"place={token}", WITHIN).place is None
    assert state(f"place={token[:-1]}").place is None


_names = st.sampled_from(
    [
        "q",
        "state",
        "owner",
        "number",
        "only",
        "sort",
        "columns",
        "density",
        "filters",
        "place",
        "view",
        "format",
        "x",
        "",
    ]
)
_values = st.one_of(
    st.text(max_size=40), st.sampled_from(["open", "name", "-made", "compact", "csv", "2", "all", "note"])
)


@given(st.lists(st.tuples(_names, _values), max_size=12))
def test_any_address_gives_a_state_and_writing_it_is_stable(pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    found = lists.read(THINGS, query)
    again = state(found.query().removeprefix("?"))
    assert again.ignored == ()
    assert again.query() == found.query()


@given(st.binary(max_size=60))
def test_any_bytes_give_a_state(raw: bytes) -> None:
    assert lists.read(THINGS, QueryDict(raw)).sort


def test_a_saved_view_keeps_declared_parameters_only_and_is_read_again_when_opened() -> None:
    kept = lists.declared(THINGS, "?q=tape&state=open&state=lost&owner__password=x&filters=open&place=zzz&format=csv")
    assert kept == [("q", "tape"), ("state", "open")]
    assert lists.written(THINGS, [*kept, ("owner__password", "x"), ("sort", "size")]) == "q=tape&state=open"

"""An uploaded test set is read whole, or refused with every fault named by its line."""

import csv
from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidError
from apps.evaluations.forms import DatasetForm
from apps.evaluations.importers import files
from apps.evaluations.importers.files import items_in
from apps.evaluations.services import Item

GOOD = '{"input": {"q": "a"}, "expected": "b"}'


def _faults(name: str, content: str | bytes) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        items_in(name, content.encode() if isinstance(content, str) else content)
    return caught.value.fields["file"]


def test_a_line_separator_inside_a_string_is_no_end_of_a_line() -> None:
    for sign in "\u2028\u2029\x85\x0b\x1c":
        text = (
            '{"input": {"q": "one'
            + sign.replace("\x0b", "\\u000b").replace("\x1c", "\\u001c")
            + 'two"}, "expected": 7}'
        )
        assert len(items_in("a.jsonl", f"{text}\r\n\n{GOOD}\n".encode())) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert items_in("a.jsonl", b"\xef\xbb\xbf" + GOOD.encode()) == [Item({"q": "a"}, "b")]
    assert items_in("a.csv", b"\xef\xbb\xbfq,expected\r\na,b\r\n") == [Item({"q": "a"}, "b")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"input": {"q": NaN}, "expected": "b"}', "not JSON"),
        ('{"input": {"q": -Infinity}, "expected": "b"}', "not JSON"),
        ('{"input": {"q": 1e999}, "expected": "b"}', "not JSON"),
        ('{"input": {"q": "a"}, "expected": 1e999}', "not JSON"),
        ('{"input": {"q": ' + "9" * 5_000 + '}, "expected": "b"}', "not JSON"),
        ('{"input": {"q": ' + "[" * 100_000, "not JSON"),
        ('{"input": {"q": ' + "[" * 400 + "]" * 400 + '}, "expected": "b"}', "20 levels"),
        ('{"input": {"q": "a\x00"}, "expected": "b"}', "not JSON"),
        ('{"input": {"q": "a\\u0000"}, "expected": "b"}', "NUL"),
        ('{"input": {"a\\u0000": "q"}, "expected": "b"}', "NUL"),
        ('{"input": {"q": "\\ud800"}, "expected": "b"}', "half a character"),
        ('{"input": {"q": "a"}, "expected": "\\u0000"}', "NUL"),
        ('{"input": {"q": "a"}, "expected": true}', "text or a number"),
        ('{"input": {"q": "a"}}', "text or a number"),
        ('{"input": [], "expected": "b"}', "write {"),
        ("[1]", "write {"),
    ],
)
def test_a_bad_line_is_named(line: str, fault: str) -> None:
    (said,) = _faults("a.jsonl", f"{GOOD}\n{line}\n{GOOD}\n")
    assert said.startswith("Line 2: ")
    assert fault in said


def test_nesting_within_the_limit_is_read() -> None:
    text = '{"input": {"q": ' + "[" * 20 + "]" * 20 + '}, "expected": "b"}'
    assert len(items_in("a.jsonl", text.encode())) == 1


@pytest.mark.parametrize(
    ("content", "line", "fault"),
    [
        ("", 1, "first line must name"),
        ("a,b\n1,2\n", 1, "first line must name"),
        ("expected\n1\n", 1, "first line must name"),
        ("q,q,expected\n1,2,3\n", 1, "named twice: q"),
        ("q,expected,expected\n1,2,3\n", 1, "named twice: expected"),
        ("q,,expected\n1,2,3\n", 1, "needs a name"),
        ('q,expected\n"a\nb",1\n2\n', 4, "1 columns, the first has 2"),
        ("q,expected\n1,2,3\n", 2, "3 columns, the first has 2"),
        ('q,expected\n1,2\n"a"b,2\n', 3, "not CSV"),
        ('q,expected\n1,2\n"open,2\n', 3, "not CSV"),
        ("q,expected\na\x00,2\n", 2, "NUL"),
        (f"q,expected\n1,2\n{'x' * (csv.field_size_limit() + 1)},2\n", 3, "longer than 131,072 characters"),
        (f"{'x' * (csv.field_size_limit() + 1)},expected\n", 1, "longer than 131,072 characters"),
    ],
)
def test_a_bad_csv_line_is_named(content: str, line: int, fault: str) -> None:
    (said,) = _faults("A.CSV", content)
    assert said.startswith(f"Line {line}: ")
    assert fault in said


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_file_that_is_no_text_is_refused_where_it_ceases_to_be(name: str) -> None:
    assert _faults(name, b"q,expected\n1,2\n\xff\xfe,3\n") == [
        "Line 3: this is not UTF-8 text. Save the file as UTF-8."
    ]
    assert _faults(name, "q,expected".encode("utf-16"))[0].startswith("Line 1: this is not UTF-8")
    assert _faults(name, b"PK\x03\x04" + bytes(range(128)) * 10)


def test_faults_are_listed_together_twenty_at_most() -> None:
    said = _faults("a.jsonl", "x\n" * 45)
    assert said[0].startswith("Line 1:")
    assert said[19].startswith("Line 20:")
    assert said[20:] == ["… and 25 more."]


@pytest.mark.parametrize("line", [GOOD, "x"])
def test_a_file_of_too_many_items_is_refused(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ITEMS", 100)
    assert "more than" in _faults("a.jsonl", f"{line}\n" * 101)[-1]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@given(content=st.binary(max_size=300))
def test_no_file_breaks_the_reader(name: str, content: bytes) -> None:
    with suppress(InvalidError):
        items_in(name, content)


class _Unread(SimpleUploadedFile):
    """A file that must not be read."""

    def read(self, *args: object) -> bytes:
        """Fail."""
        raise AssertionError("read before its size was looked at")


def _form(upload: SimpleUploadedFile) -> DatasetForm:
    return DatasetForm(QueryDict("name=A&slug=a"), MultiValueDict({"file": [upload]}))


def test_a_file_above_ten_megabytes_is_refused_unread() -> None:
    upload = _Unread("a.jsonl", b"")
    upload.size = 10 * 1024 * 1024 + 1
    form = _form(upload)
    assert form.errors == {"file": ["The file is larger than 10 MB; split it into several datasets."]}


def test_faults_and_items_reach_the_form() -> None:
    assert "Line 1: this is not JSON." in _form(SimpleUploadedFile("a.jsonl", b"x")).errors["file"]
    form = _form(SimpleUploadedFile("a.jsonl", GOOD.encode()))
    assert form.is_valid()
    assert form.cleaned_data["items"] == [Item({"q": "a"}, "b")]

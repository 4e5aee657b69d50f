"""Answers to the questions of the record: checking them, which count, and which a gate still waits for."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.core.errors import InvalidError
from apps.core.text import clean_text
from apps.usecases.rules.questions import FIELDS, MISSING, NOT_APPLICABLE, YES_NO, Field

Answers = Mapping[str, Mapping[str, Any]]
LONGEST_TEXT = 5_000
_LARGEST = Decimal(10) ** 12
_MOST_DECIMALS = 6
# Retiring settles what is left behind, and asks nothing again.
_GATES = {"G1": ("G1",), "G2": ("G1", "G2"), "G3": ("G1", "G2", "G3"), "G4": ("G1", "G2", "G3"), "G5": ("G5",)}
# What must be named before a case goes live, and as long as it operates: there "unknown" is no answer any more.
_LIVE = ("oversight", "fallback", "monitoring")
_NAMED: Mapping[str, tuple[str, ...]] = {"G3": _LIVE, "G4": _LIVE}


def check(given: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """The answers as they are stored, None for one that is taken back. Raises InvalidError naming every wrong field."""
    found: dict[str, dict[str, Any] | None] = {}
    wrong: dict[str, list[str]] = {}
    for key, answer in given.items():
        try:
            found[key] = _answer(key, answer)
        except ValueError as error:
            wrong[key] = [str(error)]
    if wrong:
        raise InvalidError("Some answers are wrong.", fields=wrong)
    return found


def _answer(key: str, answer: Any) -> dict[str, Any] | None:
    """Raises ValueError with words for people."""
    if key not in FIELDS:
        raise ValueError("There is no such field in the record.")
    if answer is None:
        return None
    if not isinstance(answer, Mapping) or set(answer) not in ({"value"}, {"missing"}):
        raise ValueError('Write {"value": …}, or {"missing": …} saying why there is none, or null to take it back.')
    if "missing" in answer:
        return {"missing": _one_of(answer["missing"], FIELDS[key].missing)}
    return {"value": _CHECKS[FIELDS[key].kind](FIELDS[key], answer["value"])}


def _one_of(value: Any, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"Choose one of: {', '.join(allowed)}.")
    return value


def _text(field: Field, value: Any) -> str:
    text = clean_text(value).strip() if isinstance(value, str) else ""
    if not any(letter.isalnum() for letter in text):
        raise ValueError("Write some words.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"At most {LONGEST_TEXT:,} characters.")
    return text


def _choice(field: Field, value: Any) -> str:
    return _one_of(value, field.options())


def _choices(field: Field, value: Any) -> list[str]:
    allowed = field.options()
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"Choose at least one of: {', '.join(allowed)}.")
    chosen = {_one_of(each, allowed) for each in value}
    nothing = field.vocabulary.nothing if field.vocabulary else ""
    if nothing in chosen and len(chosen) > 1:
        raise ValueError(f"Choose {nothing} alone, or leave it out.")
    return [each for each in allowed if each in chosen]


def _yes_no(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Choose one of: true, false.")
    return value


def _number(field: Field, value: Any) -> str:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("Write a number, such as 1250.50.") from None
    if not number.is_finite() or not 0 <= number < _LARGEST:
        raise ValueError("Write a number from 0 to below 1,000,000,000,000.")
    if number != round(number, _MOST_DECIMALS):
        raise ValueError(f"At most {_MOST_DECIMALS} decimal places.")
    return f"{number.normalize():f}"


def _date(field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("Write a date as YYYY-MM-DD.") from None


_CHECKS = {"text": _text, "choice": _choice, "choices": _choices, "yes_no": _yes_no, "number": _number, "date": _date}


def is_answered(answers: Answers, key: str) -> bool:
    """Whether the field has a value."""
    return "value" in answers.get(key, {})


def is_not_applicable(answers: Answers, key: str) -> bool:
    """Whether somebody said that the field does not apply."""
    return answers.get(key, {}).get("missing") == NOT_APPLICABLE


def values(answers: Answers, key: str) -> set[Any]:
    """The values that the answer names, empty without one."""
    value = answers.get(key, {}).get("value")
    return set(value) if isinstance(value, list) else set() if value is None else {value}


def is_settled(answers: Answers, key: str) -> bool:
    """Whether the field can count for no more than it does: answered, or not applicable."""
    return is_answered(answers, key) or is_not_applicable(answers, key)


def is_shown(answers: Answers, field: Field) -> bool:
    """Whether the field is asked, by what is answered to others that are themselves shown."""
    if field.shown_with is None:
        return True
    other, wanted = field.shown_with
    return is_shown(answers, FIELDS[other]) and bool(values(answers, other) & set(wanted))


def shown(answers: Answers) -> list[Field]:
    """The fields that are asked, in reading order."""
    return [field for field in FIELDS.values() if is_shown(answers, field)]


def visible(answers: Answers) -> dict[str, Mapping[str, Any]]:
    """The answers that count: those to fields that are asked."""
    return {field.key: answers[field.key] for field in shown(answers) if field.key in answers}


def overtaken(before: Answers, after: Answers) -> list[str]:
    """The findings of lanes whose question is another one since: what they are asked with, however far up, changed."""
    return [
        key
        for key, field in FIELDS.items()
        if field.lane and is_answered(before, key) and any(before.get(one) != after.get(one) for one in _askers(field))
    ]


def _askers(field: Field) -> Iterable[str]:
    """The fields whose answers decide whether this one is asked, the nearest first."""
    while field.shown_with:
        yield field.shown_with[0]
        field = FIELDS[field.shown_with[0]]


def needed(gate: str, answers: Answers) -> list[Field]:
    """The fields that a gate needs: its own that are asked, and those of the gates before it."""
    return [field for field in shown(answers) if field.gate in _GATES.get(gate, ())]


def open_fields(gate: str, answers: Answers, *, tier_fields: Collection[str] = ()) -> list[Field]:
    """What the gate needs and nobody has answered, or what is still pending.

    Unknown and withheld answer a gate, but not where the tier reads the field: no gate opens on a worst case. Nor do
    they, or "not applicable", where the gate wants something named.
    """
    named = _NAMED.get(gate, ())
    return [
        field
        for field in needed(gate, answers)
        if (not is_answered(answers, field.key) if field.key in named else _is_open(field, answers, tier_fields))
    ]


def _is_open(field: Field, answers: Answers, tier_fields: Collection[str]) -> bool:
    if field.key in tier_fields:
        return not is_settled(answers, field.key)
    return field.key not in answers or answers[field.key].get("missing") == "pending"


def words(field: Field, answer: Mapping[str, Any] | None) -> str | None:
    """An answer as people read it and a review freezes it, None without one."""
    if not answer:
        return None
    if "missing" in answer:
        return f"[{MISSING[answer['missing']]}]"
    value = answer["value"]
    return "; ".join(_said(field, [value] if not isinstance(value, list) else value))


def _said(field: Field, values: Iterable[Any]) -> list[str]:
    if field.kind == "yes_no":
        return [YES_NO[value] for value in values]
    if field.kind == "number":
        return [f"{Decimal(str(value)):,f}" for value in values]
    labels = field.vocabulary.labels if field.vocabulary else {}
    return [labels.get(value, str(value)) for value in values]

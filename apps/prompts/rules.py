"""The prompt grammar: plain `{{name}}` places and nothing that executes."""

import re
from collections.abc import Mapping

from apps.core.errors import InvalidError

_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_BRACES = re.compile(r"\{\{|\}\}")


def variables(text: str) -> frozenset[str]:
    """The names a text wants filled."""
    return frozenset(_PLACE.findall(text))


def grammar_problem(text: str) -> str:
    """What is wrong with the text's `{{…}}` places, in words, or ""."""
    rest = _PLACE.sub("", text)
    if stray := _BRACES.search(rest):
        near = rest[max(0, stray.start() - 20) : stray.end() + 20].strip()
        return f"Places are written {{{{name}}}}, letters, digits and _ only. Look near “{near}”."
    return ""


def label_problem(name: str) -> str:
    """What is wrong with `name` as a label, in words, or "": `slug@3` must always mean version 3."""
    if not _LABEL.fullmatch(name):
        return "Use at most 40 lower-case letters, digits, - and _, starting with a letter."
    return ""


def render(text: str, values: Mapping[str, object]) -> str:
    """Fill every place once; a value that itself contains braces stays as it is.

    Raises InvalidError naming the places that `values` leaves empty.
    """
    if missing := sorted(variables(text) - values.keys()):
        raise InvalidError(f"No value for {', '.join(missing)}.")
    return _PLACE.sub(lambda place: str(values[place.group(1)]), text)


def messages(*, system: str, user: str, values: Mapping[str, object]) -> list[dict[str, str]]:
    """Chat messages in the order a model endpoint takes them. Raises InvalidError like `render`."""
    filled = [{"role": "system", "content": render(system, values)}] if system else []
    return [*filled, {"role": "user", "content": render(user, values)}]

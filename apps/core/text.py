"""Text that PostgreSQL can store."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Replace NUL and lone surrogates, which PostgreSQL refuses, by the replacement character."""
    return _UNSTORABLE.sub("\ufffd", text)


def clean_value(value: object) -> object:
    """`clean_text` on every string inside a JSON value, keys included."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_value(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_value(item) for key, item in value.items()}
    return value

"""How the key ring of stored secrets is written."""

import re
from base64 import b64decode

_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
KEY_BYTES = 32


def key_ring(text: str) -> dict[str, bytes]:
    """The keys of `id:base64,id2:base64` in their order; the first encrypts, all decrypt.

    Raises ValueError that names a key by its place or id, and never the key.
    """
    ring: dict[str, bytes] = {}
    for place, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        name, _, encoded = entry.partition(":")
        if not _ID.fullmatch(name) or not encoded:
            raise ValueError(f"entry {place} is not written id:base64")
        if name in ring:
            raise ValueError(f"two keys are called {name}")
        ring[name] = _decoded(name, encoded)
    return ring


def _decoded(name: str, encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key {name} is not {KEY_BYTES} bytes in base64")
    return key

"""Real data that lies beside the project and is not part of it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def path(name: str) -> Path:
    """The file `name` of the shared data folder; skips the test where it is absent.

    The folder is `../shared/data`, or what COE_SHARED_DATA names.
    """
    folder = Path(os.environ.get("COE_SHARED_DATA") or _ROOT.parent / "shared" / "data")
    file = folder / name
    if not file.exists():
        pytest.skip(f"{file} is absent; set COE_SHARED_DATA to the folder that holds {name}.")
    return file

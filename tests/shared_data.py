"""Real data that lies beside the project and is not part of it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def path(name: str) -> Path:
    """The file `name` of the shared data folder; where it is absent, the test is skipped at home and fails in CI.

    The folder is `../shared/data`, or what COE_SHARED_DATA names.
    """
    folder = Path(os.environ.get("COE_SHARED_DATA") or _ROOT.parent / "shared" / "data")
    file = folder / name
    if not file.exists():
        reason = f"{file} is absent; set COE_SHARED_DATA to the folder that holds {name}."
        if os.environ.get("COE_REQUIRE_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return file

"""Every template compiles."""

import pytest
from django.template.loader import get_template

from tests.architecture import source

_FOLDER = source.ROOT / "templates"
NAMES = sorted(path.relative_to(_FOLDER).as_posix() for path in _FOLDER.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    assert get_template(name)

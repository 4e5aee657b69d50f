"""Which environment variables an endpoint may name as its key."""

import pytest

from apps.catalog.rules import key_problem

_PREFIX = "COE_ENDPOINT_KEY_"


@pytest.mark.parametrize("name", ["", "COE_ENDPOINT_KEY_A", "COE_ENDPOINT_KEY_team_2"])
def test_a_variable_with_the_prefix_or_none_is_fine(name: str) -> None:
    assert key_problem(name, prefix=_PREFIX) == ""


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "DATABASE_URL", "coe_endpoint_key_a", "sk-abcdef", "COE_ENDPOINT_KEY_Ä", "COE_ENDPOINT_KEY_ A"],
)
def test_any_other_variable_and_any_key_itself_are_refused(name: str) -> None:
    assert "never the key itself" in key_problem(name, prefix=_PREFIX)

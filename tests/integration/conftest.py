"""What tests of the review engine share: things to review, of a kind that stands for all others."""

from collections.abc import Callable, Iterator

import pytest

from tests.factories.reviewed import Thing, reviewable

Make = Callable[..., Thing]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes things to review."""
    with reviewable() as making:
        yield making


@pytest.fixture
def thing(make: Make) -> Thing:
    """Something that security and finance decide on."""
    return make()

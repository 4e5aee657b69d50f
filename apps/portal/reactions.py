"""What happens elsewhere when something has happened: event → verbs, and nothing more."""

from collections.abc import Callable

from apps.search import services as search

REACTIONS: dict[str, tuple[Callable[..., object], ...]] = {
    "content.changed": (search.index,),
}

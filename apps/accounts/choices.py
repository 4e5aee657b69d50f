"""People, units and teams as forms choose from them."""

from django.db.models import Q

from apps.accounts import selectors
from apps.accounts.models import BusinessUnit
from apps.core import choosing
from apps.core.choosing import Source

PERSON = choosing.register(
    Source(
        "person",
        lambda viewer: selectors.people(viewer=viewer).order_by("display_name"),
        ("display_name", "username"),
        key=lambda row: str(row.username),
        by_key=lambda key: Q(username=key),
    )
)
UNIT = choosing.register(
    Source(
        "unit",
        lambda viewer: BusinessUnit.objects.visible_to(viewer).open(),
        ("path",),
        key=lambda row: str(row.path),
        by_key=lambda key: Q(path=key),
    )
)
TEAM = choosing.register(
    Source(
        "team",
        lambda viewer: selectors.nameable_teams(viewer=viewer),
        ("name",),
        key=lambda row: str(row.name),
        by_key=lambda key: Q(name=key),
    )
)

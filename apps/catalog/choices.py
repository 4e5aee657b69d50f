"""Endpoints as forms choose from them."""

from django.db.models import Q

from apps.catalog.models import Endpoint
from apps.core import choosing
from apps.core.choosing import Source

ENDPOINT = choosing.register(
    Source(
        "endpoint",
        lambda viewer: Endpoint.objects.visible_to(viewer),
        ("name", "slug"),
        key=lambda row: str(row.slug),
        by_key=lambda key: Q(slug=key),
    )
)

"""Versions of datasets as forms choose from them."""

from django.db.models import Q

from apps.core import choosing
from apps.core.choosing import Source
from apps.evaluations.models import DatasetVersion


def _named(ref: str) -> Q:
    slug, _, number = ref.rpartition("@")
    return Q(dataset__slug=slug, number=int(number)) if number.isdecimal() and len(number) < 10 else Q(pk=None)


DATASET_VERSION = choosing.register(
    Source(
        "dataset_version",
        lambda viewer: (
            DatasetVersion.objects.visible_to(viewer).select_related("dataset").order_by("dataset__name", "-number")
        ),
        ("dataset__name", "dataset__slug"),
        key=lambda row: str(row.ref),
        by_key=_named,
    )
)

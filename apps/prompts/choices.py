"""Versions of prompts as forms choose from them."""

from django.db.models import Q

from apps.core import choosing
from apps.core.choosing import Source
from apps.prompts.models import PromptVersion


def _named(ref: str) -> Q:
    slug, _, number = ref.rpartition("@")
    return Q(prompt__slug=slug, number=int(number)) if number.isdecimal() and len(number) < 10 else Q(pk=None)


PROMPT_VERSION = choosing.register(
    Source(
        "prompt_version",
        lambda viewer: (
            PromptVersion.objects.visible_to(viewer).select_related("prompt").order_by("prompt__name", "-number")
        ),
        ("prompt__name", "prompt__slug"),
        key=lambda row: str(row.ref),
        by_key=_named,
    )
)

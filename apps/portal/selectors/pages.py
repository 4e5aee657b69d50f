"""The page about a reference, whichever app has it."""

from django.urls import reverse

from apps.accounts import access
from apps.accounts.models import User
from apps.core.refs import Ref
from apps.evaluations import selectors as evaluations
from apps.prompts import selectors as prompts
from apps.search import registry


def page_of(ref: Ref, *, viewer: User) -> str:
    """The address of the page about `ref`, "" when there is none that `viewer` may see."""
    if ref.kind in ("use_case", "prompt", "endpoint", "dataset"):
        return _indexed(ref, viewer)
    if ref.kind in ("egress_rule", "secret"):
        return reverse("egress:list") if access.oversees(viewer) else ""
    if ref.kind == "evaluation_run":
        return reverse("evaluations:detail", args=[ref.id])
    if ref.kind == "job":
        run = evaluations.runs(viewer=viewer).filter(job__pk=ref.id).first()
        return reverse("evaluations:detail", args=[run.pk]) if run else ""
    if ref.kind == "prompt_version":
        version = prompts.versions(viewer=viewer).filter(pk=ref.id).first()
        return reverse("prompts:detail", args=[version.prompt.slug]) + f"?version={version.number}" if version else ""
    return ""


def _indexed(ref: Ref, viewer: User) -> str:
    index = registry.of(ref.kind)
    row = index.visible(viewer).filter(pk=ref.id).first()
    return index.url(row) if row else ""

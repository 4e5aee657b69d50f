"""Reading prompts."""

from collections.abc import Collection, Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from apps.accounts.kinds import Kind
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.prompts.models import PRODUCTION, Prompt, PromptLabel, PromptVersion
from apps.search.registry import Document, Index


def prompts(*, viewer: Viewer) -> QuerySet[Prompt]:
    """The prompts `viewer` may see, with `.latest` and `.production` version numbers (None without)."""
    newest = PromptVersion.objects.filter(prompt=OuterRef("pk")).order_by("-number").values("number")[:1]
    production = PromptLabel.objects.filter(prompt=OuterRef("pk"), name=PRODUCTION).values("version__number")[:1]
    return Prompt.objects.visible_to(viewer).annotate(latest=Subquery(newest), production=Subquery(production))


def matching(text: str) -> Q:
    """The prompts whose name or short name holds `text`; every prompt for ""."""
    return Q(name__icontains=text) | Q(slug__icontains=text) if text else Q()


def versions(*, viewer: Viewer) -> QuerySet[PromptVersion]:
    """Every prompt version `viewer` may see, with its prompt."""
    return PromptVersion.objects.visible_to(viewer).select_related("prompt").order_by("prompt__name", "-number")


def prompt(slug: str, *, viewer: Viewer) -> Prompt:
    """The prompt called `slug`; raises NotFoundError, also when it is not visible."""
    found = prompts(viewer=viewer).filter(slug=slug).first()
    if found is None:
        raise NotFoundError(f"There is no prompt {slug}, or you may not see it.")
    return found


def version(ref: str, *, viewer: Viewer) -> PromptVersion:
    """The version called `ref`: `slug@3` by its number, `slug@production` by a label. Raises NotFoundError."""
    slug, _, which = ref.rpartition("@")
    by_number = which.isascii() and which.isdigit() and len(which) <= 9
    chosen = Q(number=int(which)) if by_number else Q(labels__name=which)
    found = versions(viewer=viewer).select_related("created_by").filter(chosen, prompt__slug=slug).first()
    if found is None:
        raise NotFoundError(f"There is no prompt version {ref}, or you may not see it.")
    return found


def labelled(prompt: Prompt, *, label: str) -> PromptVersion | None:
    """The version that carries `label` now."""
    return PromptVersion.objects.filter(labels__prompt=prompt, labels__name=label).first()


def search_documents(ids: Collection[str] | None) -> Iterable[Document]:
    """The words of the prompts with these ids, or of all: name, description and the latest text."""
    rows = Prompt.objects.prefetch_related("versions")
    for prompt in rows if ids is None else rows.filter(pk__in=ids):
        latest = next(iter(prompt.versions.all()), None)
        text = f"{latest.system}\n{latest.user}" if latest else ""
        yield Document(str(prompt.pk), prompt.name, f"{prompt.description}\n{text}")


def kinds() -> list[Kind]:
    """Prompts, and their versions, as other apps refer to them."""
    return [
        Kind("prompt", "Prompt", Prompt.objects.visible_to, lambda row: reverse("prompts:detail", args=[row.slug])),
        Kind(
            "prompt_version", "Prompt version", PromptVersion.objects.visible_to, _version_url,
            lambda version: [("prompt", version.prompt)],
        ),
    ]  # fmt: skip


def _version_url(version: PromptVersion) -> str:
    return reverse("prompts:detail", args=[version.prompt.slug]) + f"?version={version.number}"


def search_index() -> Index:
    """How the prompt hub is searched."""
    return Index(
        kind="prompt",
        label="Prompts",
        documents=search_documents,
        visible=lambda user: prompts(viewer=user),
        url=lambda prompt: reverse("prompts:detail", args=[prompt.slug]),
    )

"""Reading the catalog."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from apps.accounts.kinds import Kind
from apps.catalog.models import Endpoint, RecordedAnswer
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.search.registry import Document, Index


def endpoints(*, viewer: Viewer) -> QuerySet[Endpoint]:
    """The endpoints `viewer` may see, by name."""
    return Endpoint.objects.visible_to(viewer)


def matching(text: str) -> Q:
    """The endpoints whose name, short name or model holds `text`; every endpoint for ""."""
    return Q(name__icontains=text) | Q(slug__icontains=text) | Q(model_name__icontains=text) if text else Q()


def endpoint(slug: str, *, viewer: Viewer) -> Endpoint:
    """The endpoint called `slug`; raises NotFoundError, also when it is not visible."""
    found = endpoints(viewer=viewer).select_related("created_by").filter(slug=slug).first()
    if found is None:
        raise NotFoundError(f"There is no endpoint {slug}, or you may not see it.")
    return found


def recorded_texts(endpoint_id: UUID, *, input_hashes: Collection[str]) -> dict[str, str]:
    """Recorded answer by input hash, for those inputs that have one."""
    found = RecordedAnswer.objects.filter(endpoint_id=endpoint_id, input_hash__in=input_hashes)
    return dict(found.values_list("input_hash", "text"))


def search_documents(ids: Collection[str] | None) -> Iterable[Document]:
    """The words of the endpoints with these ids, or of all."""
    for row in Endpoint.objects.all() if ids is None else Endpoint.objects.filter(pk__in=ids):
        yield Document(str(row.pk), f"{row.name} {row.model_name}", f"{row.description}\n{row.get_kind_display()}")


def kind() -> Kind:
    """Endpoints as other apps refer to them."""
    return Kind(
        "endpoint", "Model", Endpoint.objects.visible_to, lambda row: reverse("catalog:detail", args=[row.slug])
    )


def search_index() -> Index:
    """How the catalog is searched."""
    return Index(
        kind="endpoint",
        label="Model endpoints",
        documents=search_documents,
        visible=lambda user: endpoints(viewer=user),
        url=lambda endpoint: reverse("catalog:detail", args=[endpoint.slug]),
    )

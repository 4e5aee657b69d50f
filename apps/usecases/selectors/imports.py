"""Reading imports, their reports, and what a source says of a case besides."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.usecases.models import ExternalId, Import, ImportProblem, ImportRow, ImportState, UseCase


def imports(*, viewer: Viewer) -> QuerySet[Import]:
    """The imports that `viewer` may see, newest first."""
    visible: QuerySet[Import] = Import.objects.visible_to(viewer)
    return visible.select_related("created_by", "job")


def one_import(key: UUID, *, viewer: Viewer) -> Import:
    """The import with this id; raises NotFoundError, also when it is not visible."""
    found = imports(viewer=viewer).filter(pk=key).first()
    if found is None:
        raise NotFoundError("There is no such import, or you may not see it.")
    return found


def problems(batch: Import) -> QuerySet[ImportProblem]:
    """Every word about the file's rows, in their order."""
    return ImportProblem.objects.filter(batch=batch)


def matching_problems(text: str) -> Q:
    """The words about a row called `text`, or that hold it; every one for ""."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return Q(row=int(text)) | Q(value__icontains=text)
    return Q(column__icontains=text) | Q(value__icontains=text) | Q(message__icontains=text) if text else Q()


def refs_of(batch: Import, rows: list[int], *, viewer: Viewer) -> dict[int, UseCase]:
    """The cases that these rows of the file became, as far as `viewer` may see them."""
    found = ImportRow.objects.filter(batch=batch, number__in=rows, use_case__in=UseCase.objects.visible_to(viewer))
    return {row.number: row.use_case for row in found.select_related("use_case") if row.use_case}


def import_state(batch: Import) -> tuple[str, str]:
    """How the import stands, as a state and its word: its own, or while a worker has it, the job's."""
    if batch.state == ImportState.STAGED and batch.job:
        return batch.job.state, batch.job.get_state_display()
    return batch.state, batch.get_state_display()


def stated(case: UseCase) -> list[dict[str, Any]]:
    """What the sources of the case say of it beside the fields of the record, each with the source."""
    kept = ExternalId.objects.filter(use_case=case).exclude(stated=[]).order_by("source", "key")
    return [
        {**said, "source": source} for source, all_said in kept.values_list("source", "stated") for said in all_said
    ]

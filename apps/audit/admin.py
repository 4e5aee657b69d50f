"""The audit trail in the admin, for reading, and the mixin that records what the admin itself writes."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.core.refs import Ref


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Every addition, change and deletion made in the admin yields one audit event in its transaction."""

    def _record(self, request: HttpRequest, what: Any, done: str, **data: Any) -> None:
        kind = what._meta.model_name
        subject = Ref(kind, str(what.pk))
        audit.record_now(action=f"admin.{kind}_{done}", subject=subject, by=request.user, **data)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """One event an addition."""
        self._record(request, obj, "added", label=str(obj))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """One event a change, with the names of the changed fields."""
        self._record(request, obj, "changed", changes=message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """One event a deleted row."""
        for gone in queryset:
            self._record(request, gone, "deleted", label=str(gone))


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin[AuditEvent]):
    """Reading only: not even a superuser may change the trail."""

    list_display = ("sequence", "at", "action", "subject_kind", "subject_id", "actor_id")
    list_filter = ("action",)
    search_fields = ("subject_id", "actor_id", "action")
    ordering = ("-sequence",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """What the viewer may see."""
        return AuditEvent.objects.visible_to(request.user).order_by("-sequence")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes the trail by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody changes it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody deletes from it."""
        return False

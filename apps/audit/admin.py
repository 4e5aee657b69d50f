"""The audit trail in the admin, for reading, and the base of admins that write through audited services."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.audit.models import AuditEvent
from apps.core.errors import DomainError


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Writes by an app's services alone, which audit what they do; Django's own log, which keeps names, stays empty."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service that adds or changes; an admin that names none cannot write."""
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The service that deletes; an admin that names none cannot delete."""
        raise NotImplementedError

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The chosen rows one by one, so that each is audited."""
        for gone in queryset:
            self.delete_model(request, gone)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; what a service refuses is said above it."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            words = error.message
        except IntegrityError:
            words = "Something else was saved under the same name at the same moment. Look, and try again."
        self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Nothing: the service audited it."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Nothing: the service audited it."""

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """Nothing: the service audited it."""


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

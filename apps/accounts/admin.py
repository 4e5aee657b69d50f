"""People, units and roles in the admin; everything written here is audited, and nobody is deleted."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from apps.accounts.models import BusinessUnit, Membership, User
from apps.audit.admin import AuditedAdmin


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin[User]):
    """People are deactivated, never deleted: decisions keep their author."""

    list_display = ("username", "display_name", "email", "is_active", "is_staff")
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "display_name", "email", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Deactivate instead."""
        return False


@admin.register(BusinessUnit)
class BusinessUnitAdmin(AuditedAdmin):
    """The tree of units."""

    list_display = ("path",)
    search_fields = ("path",)
    exclude = ("path",)


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who holds which role where."""

    list_display = ("user", "role", "unit")
    list_filter = ("role",)
    autocomplete_fields = ("user", "unit")
    list_select_related = ("user", "unit")

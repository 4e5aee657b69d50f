"""People, units and roles in the admin; everything is written by the services, and no person is deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from apps.accounts import access, services
from apps.accounts.forms import AdminSignInForm
from apps.accounts.models import BusinessUnit, Lane, Membership, Role, Team, User
from apps.audit.admin import AuditedAdmin
from apps.core.errors import DomainError

admin.site.login_form = AdminSignInForm


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # not generic at run time
    """Checks a new password and leaves setting it to the service that PersonAdmin calls."""

    def save(self, commit: bool = True) -> User:
        """The person, with what was chosen."""
        person: User = self.user
        chosen = self.cleaned_data["password1"] if self.cleaned_data["set_usable_password"] else None
        person.chosen_password = chosen  # type: ignore[attr-defined]  # for log_change alone
        return person


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin[User]):
    """People are deactivated, never deleted: decisions keep their author."""

    list_display = ("username", "display_name", "email", "kind", "is_active", "is_staff")
    list_filter = ("kind", "is_active", "is_staff", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "display_name", "email", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    change_password_form = PasswordForm

    def save_model(self, request: access.Request, obj: User, form: Any, change: bool) -> None:  # type: ignore[override]  # signed in
        """Create the person, or change those fields that were changed."""
        values = form.cleaned_data
        if change:
            services.change_user(user=obj, by=request.user, **{name: values[name] for name in form.changed_data})
            return
        names = {name: values[name] for name in ("username", "display_name", "email")}
        obj.pk = services.create_user(password=values["password1"], by=request.user, **names).pk

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Django's page; both the password and its audit event, or neither."""
        return super().user_change_password(request, id, form_url)

    def log_change(self, request: access.Request, obj: User, message: Any) -> None:  # type: ignore[override]  # signed in
        """Django calls this once a new password was chosen, and is told so by nothing else."""
        if hasattr(obj, "chosen_password"):
            services.set_password(user=obj, password=obj.chosen_password, by=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Deactivate instead."""
        return False


class UnitForm(forms.ModelForm[BusinessUnit]):
    """Name and place of a unit, checked as the service will check them."""

    class Meta:
        model = BusinessUnit
        fields = ("name", "parent")

    def clean(self) -> dict[str, Any]:
        """The values, with the service's refusal beside the field it names."""
        values = super().clean() or {}
        if "name" in values and "parent" in values:
            try:
                unit = None if self.instance._state.adding else BusinessUnit.objects.get(pk=self.instance.pk)
                services.check_place(unit=unit, name=values["name"], parent=values["parent"])
            except DomainError as error:
                self.add_error(None, forms.ValidationError(error.fields))
        return values


@admin.register(BusinessUnit)
class BusinessUnitAdmin(AuditedAdmin):
    """The tree of units."""

    form = UnitForm
    list_display = ("path",)
    search_fields = ("path",)

    def save_model(self, request: access.Request, obj: BusinessUnit, form: Any, change: bool) -> None:  # type: ignore[override]  # signed in
        """Add the unit, or move it with all that hangs below."""
        place = {"name": form.cleaned_data["name"], "parent": form.cleaned_data["parent"]}
        if change:
            obj.path = services.change_unit(unit=obj, by=request.user, **place).path
            return
        added = services.add_unit(by=request.user, **place)
        obj.pk, obj.path = added.pk, added.path

    def delete_model(self, request: access.Request, obj: BusinessUnit) -> None:  # type: ignore[override]  # signed in
        """Only a unit that nothing refers to; Django asks before."""
        services.remove_unit(unit=obj, by=request.user)


@admin.register(Team)
class TeamAdmin(AuditedAdmin):
    """Teams, for reading and for choosing; their pages found, change and close them."""

    list_display = ("name", "unit", "closed_at")
    search_fields = ("name",)
    list_select_related = ("unit",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """On its page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """On its page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """Close it instead."""
        return False


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who holds which role where: granted or revoked, never changed into another."""

    list_display = ("user", "role", "lane", "place", "source")
    list_filter = ("role", "lane", "source")
    fields = ("user", "role", "lane", "unit", "team")
    autocomplete_fields = ("user", "unit", "team")
    list_select_related = ("user", "unit", "team__unit")

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Revoke it and grant another."""
        return False

    def save_model(self, request: access.Request, obj: Membership, form: Any, change: bool) -> None:  # type: ignore[override]  # signed in
        """Grant the role."""
        lane = Lane(obj.lane) if obj.lane else None
        granted = services.grant(
            user=obj.user, unit=obj.unit, team=obj.team, role=Role(obj.role), lane=lane, by=request.user
        )
        obj.pk = granted.pk

    def delete_model(self, request: access.Request, obj: Membership) -> None:  # type: ignore[override]  # signed in
        """Revoke the role."""
        services.revoke(membership=obj, by=request.user)

"""Reading permissions, and the names of secrets."""

from uuid import UUID

from django.db.models import QuerySet

from apps.core.egress import permits as core
from apps.core.egress.permits import Permit
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.egress.models import Rule, Secret


def permits() -> list[Permit]:
    """Every rule as the client reads it; asked at each call, so that a change counts at once."""
    return [as_permit(rule) for rule in Rule.objects.all()]


def as_permit(rule: Rule) -> Permit:
    """The rule as the client reads it."""
    return core.permit(
        rule.scheme, rule.host, port=str(rule.port or core.ANY), at=rule.network, keys=rule.credentials,
        purpose=rule.purpose,
    )  # fmt: skip


def rules(*, viewer: Viewer) -> QuerySet[Rule]:
    """The rules that `viewer` may see, by host."""
    return Rule.objects.visible_to(viewer).select_related("created_by")


def rule(rule_id: UUID, *, viewer: Viewer) -> Rule:
    """The rule of this id; raises NotFoundError, also when it is not visible."""
    found = rules(viewer=viewer).filter(pk=rule_id).first()
    if found is None:
        raise NotFoundError("There is no such permission, or you may not see it.")
    return found


def secrets(*, viewer: Viewer) -> QuerySet[Secret]:
    """The secrets set by administrators, without what they hold, as far as `viewer` may see their names."""
    return Secret.objects.visible_to(viewer).filter(owner="").select_related("set_by").defer("nonce", "sealed")


def secret(name: str, *, viewer: Viewer) -> Secret:
    """The stored secret called `name`; raises NotFoundError, also when it is not visible."""
    found = secrets(viewer=viewer).filter(name=name).first()
    if found is None:
        raise NotFoundError(f"There is no stored secret {name}, or you may not see it.")
    return found

"""Service accounts: programs with a name, somebody who answers for them, and tokens alone."""

from django.db import transaction

from apps.accounts.models import Team, User, UserKind
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers
from apps.accounts.services.people import check_username
from apps.audit import services as audit
from apps.core.errors import InvalidError
from apps.core.text import clean_text


@transaction.atomic
def add_service_account(
    *, username: str, display_name: str, responsible: User, by: User, team: Team | None = None
) -> User:
    """A new service account without any role. Raises NotAllowedError, InvalidError, ConflictError for a taken name."""
    check_administers(by, team=team, to="add service accounts")
    check_username(username)
    _check_owner(responsible, team)
    account = User(
        username=username, display_name=clean_text(display_name) or username, kind=UserKind.SERVICE,
        responsible=responsible, owning_team=team,
    )  # fmt: skip
    account.set_unusable_password()
    account.save()
    audit.record(action="service_account.added", subject=refs.of_user(account), by=by, **_owner(account))
    return account


@transaction.atomic
def change_service_account(
    *, account: User, display_name: str, responsible: User, by: User, team: Team | None = None
) -> User:
    """Rename it, or say who answers for it and whose it is. Raises NotAllowedError, InvalidError."""
    rows = User.objects.select_for_update(no_key=True, of=("self",)).select_related("owning_team__unit")
    locked = rows.get(pk=account.pk)
    for place in {locked.owning_team, team}:
        check_administers(by, team=place, to="change this service account")
    if responsible.pk != locked.responsible_id or team != locked.owning_team:
        _check_owner(responsible, team if team != locked.owning_team else None)
    values = {
        "display_name": clean_text(display_name) or locked.username,
        "responsible": responsible,
        "owning_team": team,
    }
    changed = sorted(name for name, value in values.items() if getattr(locked, name) != value)
    if changed:
        for name in changed:
            setattr(locked, name, values[name])
        locked.save(update_fields=changed)
        told = _owner(locked)
        audit.record(action="service_account.changed", subject=refs.of_user(locked), by=by, fields=changed, **told)
    return locked


def _check_owner(responsible: User, team: Team | None) -> None:
    if not (responsible.is_active and responsible.is_person):
        raise InvalidError("It was not saved.", fields={"responsible": ["Choose an active person."]})
    if team is not None and team.closed_at:
        raise InvalidError("It was not saved.", fields={"team": ["Choose a team that is open."]})


def _owner(account: User) -> dict[str, str]:
    told = {"responsible": account.responsible_id, "team": account.owning_team_id}
    return {name: str(value) for name, value in told.items() if value}

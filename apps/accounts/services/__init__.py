"""Every verb of people and access, by subject: people, units, teams, roles, sharing, signing in."""

from apps.accounts.services.checks import administers, check_administers
from apps.accounts.services.erasing import erase_person, on_erasure
from apps.accounts.services.people import (
    change_user,
    create_user,
    deactivate,
    one_at_a_time,
    reactivate,
    set_password,
)
from apps.accounts.services.roles import check_somebody_else, grant, revoke
from apps.accounts.services.service_accounts import add_service_account, change_service_account
from apps.accounts.services.sharing import (
    arrange,
    assign,
    check_may_share,
    check_owner,
    note_view,
    note_view_about,
    share,
    unshare,
)
from apps.accounts.services.sign_in import (
    Attempt,
    TooManyAttemptsError,
    begin_attempt,
    check_may_sign_in,
    end_attempt,
    forget_sessions,
    note_session,
    note_sign_out,
)
from apps.accounts.services.sign_on import admit, link_identity
from apps.accounts.services.teams import add_team, change_team, close_team
from apps.accounts.services.tokens import (
    TokenRefusedError,
    check_may_manage,
    issue_token,
    revoke_token,
    use_token,
    warn_of_expiring,
)
from apps.accounts.services.units import add_unit, change_unit, check_place, ensure_unit, remove_unit

__all__ = [
    "Attempt",
    "TokenRefusedError",
    "TooManyAttemptsError",
    "add_service_account",
    "add_team",
    "add_unit",
    "administers",
    "admit",
    "arrange",
    "assign",
    "begin_attempt",
    "change_service_account",
    "change_team",
    "change_unit",
    "change_user",
    "check_administers",
    "check_may_manage",
    "check_may_share",
    "check_may_sign_in",
    "check_owner",
    "check_place",
    "check_somebody_else",
    "close_team",
    "create_user",
    "deactivate",
    "end_attempt",
    "ensure_unit",
    "erase_person",
    "forget_sessions",
    "grant",
    "issue_token",
    "link_identity",
    "note_session",
    "note_sign_out",
    "note_view",
    "note_view_about",
    "on_erasure",
    "one_at_a_time",
    "reactivate",
    "remove_unit",
    "revoke",
    "revoke_token",
    "set_password",
    "share",
    "unshare",
    "use_token",
    "warn_of_expiring",
]

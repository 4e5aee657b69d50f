"""What people write to sign in, and to manage people and access."""

from apps.accounts.forms.organisation import OwnerForm, ShareForm, TeamForm, TermForm, UnitForm
from apps.accounts.forms.people import GrantForm, MemberForm, PersonForm, ServiceAccountChangeForm, ServiceAccountForm
from apps.accounts.forms.sign_in import AdminSignInForm, SignInForm
from apps.accounts.forms.tokens import TokenForm

__all__ = [
    "AdminSignInForm", "GrantForm", "MemberForm", "OwnerForm", "PersonForm", "ServiceAccountChangeForm",
    "ServiceAccountForm", "ShareForm", "SignInForm", "TeamForm", "TermForm", "TokenForm", "UnitForm",
]  # fmt: skip

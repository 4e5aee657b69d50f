"""What people write to sign in, and to manage people and access."""

from apps.accounts.forms.sign_in import AdminSignInForm, SignInForm
from apps.accounts.forms.tokens import TokenForm

__all__ = ["AdminSignInForm", "SignInForm", "TokenForm"]

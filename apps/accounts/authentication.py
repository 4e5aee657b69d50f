"""How a call of the API says who calls: `Authorization: Bearer coe_…`, and what its token may be used for."""

from typing import Any

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts import scopes, services
from apps.accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """API tokens. The caller is the token's owner; every token that is refused is refused in the same words."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The owner and the token, None without a Bearer header. Raises AuthenticationFailed, TooManyAttemptsError."""
        word, _, text = get_authorization_header(request).partition(b" ")
        if word.lower() != b"bearer":
            return None
        try:
            token = services.use_token(text=text.decode("latin-1").strip(), address=request.META.get("REMOTE_ADDR", ""))
        except services.TokenRefusedError as error:
            raise exceptions.AuthenticationFailed(error.message) from error
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return 'Bearer realm="api"'


class InsufficientScope(exceptions.PermissionDenied):
    """The token may not be used for this, whatever its owner may do."""

    default_code = "insufficient_scope"


class ScopePermission(BasePermission):
    """Holds tokens to their scopes, for every view of the API; sessions and passwords have none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or InsufficientScope that names the scope."""
        if not isinstance(request.auth, ApiToken):
            return True
        writes = request.method not in SAFE_METHODS
        if scopes.suffices(request.auth.scopes, request.path, writes=writes):
            return True
        if scopes.part_of(request.path) in scopes.CLOSED:
            raise InsufficientScope("No token may be used here. Sign in instead.")
        raise InsufficientScope(f"This needs a token with the scope {scopes.needed(request.path, writes=writes)}.")

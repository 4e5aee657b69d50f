"""OpenID Connect, by django-allauth: code with PKCE, state and nonce, and every claim checked before anybody is in."""

import hmac
import logging
import os
import secrets
from pathlib import Path
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import login
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from requests import RequestException

from apps.accounts import claims, services
from apps.core.egress.sessions import EgressSession
from apps.core.errors import DomainError
from apps.core.hashing import sha256_hex

logger = logging.getLogger(__name__)
PROVIDER = "oidc"
# Signatures of the provider's own key alone: with a shared secret, or none, anybody could be anybody.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY = 60  # seconds that the provider's clock may differ
_KEPT = 300  # seconds for which what the provider says about itself is not asked again
# What a provider's answer makes allauth and its libraries raise that is not what they promise.
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, ImproperlyConfigured)
FAILED = "Single sign-on did not work. Try again; if it fails again, tell an administrator what time it was."


def is_configured() -> bool:
    """Whether the environment names an issuer."""
    return bool(settings.OIDC_ISSUER)


def check_configuration() -> None:
    """Raise ImproperlyConfigured for what cannot work, when the site starts instead of when somebody signs in."""
    try:
        claims.rules(settings.OIDC_ROLES)
    except ValueError as error:
        raise ImproperlyConfigured(f"COE_OIDC_ROLES: {error}.") from None
    if not is_configured():
        return
    if not settings.OIDC_CLIENT_ID:
        raise ImproperlyConfigured("Set COE_OIDC_CLIENT_ID: COE_OIDC_ISSUER is set.")
    kind, _, name = settings.OIDC_CLIENT_SECRET.partition(":")
    if settings.OIDC_CLIENT_SECRET and (kind not in ("env", "file") or not name):
        raise ImproperlyConfigured("COE_OIDC_CLIENT_SECRET names where the secret is: env:NAME or file:/path.")


def _client_secret() -> str:
    """The secret that the reference names, read anew each time; "" for a public client, which PKCE guards."""
    kind, _, name = settings.OIDC_CLIENT_SECRET.partition(":")
    try:
        found = os.environ[name] if kind == "env" else Path(name).read_text("utf-8") if kind == "file" else ""
    except (KeyError, OSError) as error:
        raise RefusedError(f"COE_OIDC_CLIENT_SECRET: {settings.OIDC_CLIENT_SECRET} cannot be read.") from error
    return found.strip()


class RefusedError(OAuth2Error):  # type: ignore[misc]  # allauth is untyped
    """Something of the provider's does not hold; the words are ours, so they may stand in the log."""


class FailedError(DomainError):
    """The provider could not be asked, or its answer does not hold."""

    code = "sign-on-failed"
    status = 400


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Where allauth asks the site; it never comes to its own accounts, sign-up or linking."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The one provider of the environment, and none of the database."""
        if not is_configured():
            return []
        options = {"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True, "fetch_userinfo": True}
        app = SocialApp(
            provider="openid_connect", provider_id=PROVIDER, name="Single sign-on", client_id=settings.OIDC_CLIENT_ID,
            secret=_client_secret(), settings=options,
        )  # fmt: skip
        return [app]

    def get_requests_session(self) -> EgressSession:
        """The portal's own client: allauth calls nowhere that the portal may not call."""
        return EgressSession(purpose="sign-in")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Take over from allauth once the provider's answer is checked; nothing of its own follows."""
        raise ImmediateHttpResponse(let_in(request, sociallogin))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **kwargs: Any
    ) -> None:
        """Whatever went wrong on the way: one answer, which tells nothing about it."""
        raise _failed(exception or error)


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth is untyped
    """Talks with the provider; stricter than allauth where the standard is."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER)

    def get_provider(self) -> Any:
        """Allauth's provider, which talks by this very exchange."""
        found = super().get_provider()
        found.get_oauth2_adapter = lambda _request: self
        return found

    @property
    def openid_config(self) -> Any:
        """What the provider says about itself, kept for minutes: anybody may ask for the way there.

        Raises OAuth2Error if it calls itself otherwise than we do.
        """
        kept = f"oidc:{sha256_hex(settings.OIDC_ISSUER)}"
        known = cache.get(kept)
        found = known or super().openid_config
        if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise RefusedError("The provider names another issuer.")
        if not known:
            # Not again at each reading, or what the provider has changed since would never be seen.
            cache.set(kept, found, _KEPT)
        return found

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **answer: Any) -> SocialLogin:
        """The checked claims as allauth passes them on. Raises OAuth2Error."""
        app.settings["fetch_userinfo"] = "userinfo_endpoint" in self.openid_config
        return super().complete_login(request, app, token, **answer)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed, for us, now. Raises OAuth2Error."""
        try:
            with self.requests() as session:
                keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json())
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in ALGORITHMS:
                raise RefusedError("The token is signed otherwise than by the provider's own key.")
            found: dict[str, Any] = jwt.decode(
                id_token, key=_key(keys, header.get("kid")), algorithms=[header["alg"]], audience=app.client_id,
                issuer=self.openid_config["issuer"], leeway=_LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )  # fmt: skip
        except (jwt.PyJWTError, *_UNREADABLE) as error:
            raise RefusedError("The token does not hold.") from error
        if found.get("azp", app.client_id) != app.client_id:
            raise RefusedError("The token was made for another client.")
        return found

    def requests(self) -> EgressSession:
        """A session of the portal's own client."""
        return EgressSession(purpose="sign-in")

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Where the provider leads back to: the site's configured address, whatever the caller named."""
        return settings.SITE_URL.rstrip("/") + reverse("oidc_callback")


def _key(keys: jwt.PyJWKSet, wanted: object) -> Any:
    found = [key for key in keys.keys if wanted is None or key.key_id == wanted]
    if len(found) != 1:
        raise RefusedError("The provider does not have the key of its token.")
    return found[0]


def _failed(cause: object) -> FailedError:
    """The one refusal; the log gets what cannot hold a secret: our own words, or the kind of another error."""
    logger.warning("Single sign-on failed: %s", cause if isinstance(cause, RefusedError) else type(cause).__name__)
    return FailedError(FAILED)


def begin(request: HttpRequest, *, next_url: str) -> Any:
    """Lead to the provider, with state, nonce and PKCE verifier kept in the session. Raises FailedError."""
    nonce = secrets.token_urlsafe(24)
    try:
        provider = Exchange(request).get_provider()
        return provider.redirect(request, process="login", next_url=next_url, nonce=nonce, auth_params={"nonce": nonce})
    except (RequestException, *_UNREADABLE) as error:
        raise _failed(error) from error


def finish(request: HttpRequest) -> Any:
    """What follows on the provider's answer. Raises FailedError, NotAllowedError."""
    try:
        return OAuth2CallbackView.adapter_view(Exchange(request))(request)
    except (RequestException, OAuth2Error, *_UNREADABLE) as error:
        raise _failed(error) from error


def let_in(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponseRedirect:
    """A session for whom the provider vouches for. Raises FailedError, NotAllowedError."""
    found = sociallogin.account.extra_data
    token, more = found.get("id_token") or {}, found.get("userinfo") or {}
    nonce = str(sociallogin.state.get("nonce") or "")
    fresh = bool(nonce) and hmac.compare_digest(nonce.encode(), str(token.get("nonce", "")).encode())
    # What the provider tells besides counts for this very person alone.
    same = (
        (not more or token.get("sub") == more.get("sub"))
        and isinstance(token.get("sub"), str)
        and 0 < len(token["sub"]) <= 255
    )
    if not (fresh and same):
        raise _failed(RefusedError("The token answers another question."))
    user = services.admit(issuer=settings.OIDC_ISSUER, subject=token["sub"], told={**more, **token})
    request.sign_in_door = "oidc"  # type: ignore[attr-defined]  # for accounts.middleware.begin_session
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(_target(request, str(sociallogin.state.get("next") or "")))


def _target(request: HttpRequest, wanted: str) -> str:
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if here else resolve_url(settings.LOGIN_REDIRECT_URL)

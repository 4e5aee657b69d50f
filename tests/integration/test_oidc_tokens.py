"""What of an identity provider's token is checked, and what of the configuration."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from apps.accounts import claims, sign_on
from apps.accounts.models import Lane, Role

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://sso.example.org"


class Published(sign_on.Exchange):
    """The portal's side, with a provider whose keys and address are told here."""

    openid_config = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}

    def requests(self) -> Any:
        """A session that knows the keys."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        keys = {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}

        class Session(requests.Session):
            def get(self, *args: Any, **kwargs: Any) -> Any:
                answer = requests.Response()
                answer.status_code, answer._content = 200, json.dumps(keys).encode()
                return answer

        return Session()


def told(**changes: Any) -> dict[str, Any]:
    """The claims of a right token, changed; None leaves one out."""
    now = int(time.time())
    right = {"iss": ISSUER, "sub": "s", "aud": "coe-portal", "exp": now + 300, "iat": now, "nonce": "n"}
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def decoded(token: str) -> dict[str, Any]:
    """What the portal makes of a token."""
    app = SocialApp(client_id="coe-portal")
    return Published(RequestFactory().get("/"))._decode_id_token(app, token)


def test_a_right_token_is_read(settings: LazySettings) -> None:
    settings.OIDC_ISSUER = ISSUER
    assert decoded(jwt.encode(told(), KEY, "RS256", headers={"kid": "one"}))["sub"] == "s"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": None},
        {"aud": []},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"azp": "other"},
    ],
)
def test_a_token_with_wrong_claims_does_not_hold(changes: dict[str, Any]) -> None:
    with pytest.raises(OAuth2Error):
        decoded(jwt.encode(told(**changes), KEY, "RS256", headers={"kid": "one"}))


def unsigned(claims_: dict[str, Any]) -> str:
    """A token that says it needs no signature."""
    parts = ({"alg": "none", "kid": "one"}, claims_)
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join(coded) + "."


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(told(), OTHER, "RS256", headers={"kid": "one"}),
        jwt.encode(told(), KEY, "RS256", headers={"kid": "two"}),
        jwt.encode(told(), "public key as a shared secret, 32 bytes", "HS256", headers={"kid": "one"}),
        unsigned(told()),
        "not a token",
        "",
        jwt.encode(told(), KEY, "RS256", headers={"kid": "one"}) + "x",
    ],
)
def test_a_token_that_the_provider_did_not_sign_does_not_hold(token: str) -> None:
    with pytest.raises(OAuth2Error):
        decoded(token)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("coe", "is not group=role"),
        ("=architect", "is not group=role"),
        ("coe=king", "there is no role king"),
        ("coe=reviewer", "needs a lane"),
        ("coe=reviewer/taste", "there is no lane taste"),
        ("coe=architect/security", "nobody else has one"),
        ("coe=architect@team:", "names no team"),
    ],
)
def test_a_fault_in_the_rules_stops_the_start_and_is_named(settings: LazySettings, text: str, says: str) -> None:
    settings.OIDC_ROLES = f"fine=architect;{text}"
    with pytest.raises(ImproperlyConfigured, match=says):
        sign_on.check_configuration()


def test_rules_are_read_as_they_are_written() -> None:
    found = claims.rules("CN=coe,OU=x=architect@Agency / Bureau; sec=reviewer/security@team:Red Team;")
    assert [(r.group, r.role, r.lane, r.unit, r.team) for r in found] == [
        ("CN=coe,OU=x", Role.ARCHITECT, None, "Agency / Bureau", ""),
        ("sec", Role.REVIEWER, Lane.SECURITY, "", "Red Team"),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"OIDC_CLIENT_ID": ""}, "COE_OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": "the secret itself"}, "COE_OIDC_CLIENT_SECRET"),
        ({"OIDC_CLIENT_SECRET": "env:"}, "COE_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_configuration_that_cannot_work_stops_the_start(
    settings: LazySettings, changes: dict[str, str], says: str
) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = ISSUER, "coe-portal"
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=says) as refusal:
        sign_on.check_configuration()
    assert "the secret itself" not in str(refusal.value)

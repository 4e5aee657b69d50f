"""Single sign-on against a real provider: who gets in, as whom, with which roles, and what does not hold."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import Membership, Role, SignOnIdentity, Source, User, UserKind
from apps.audit.models import AuditEvent
from tests.factories.people import person, team, unit
from tests.integration import provider as oidc
from tests.integration.provider import Provider

pytestmark = pytest.mark.django_db
RULES = (
    "coe-architects=architect; coe-security=reviewer/security; ops=ai_engineer@Operations; letters=steward@team:Letters"
)


@pytest.fixture(scope="module")
def process() -> Iterator[Provider]:
    """The provider's process."""
    with oidc.running() as found:
        yield found


@pytest.fixture
def provider(process: Provider, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, and the portal configured for it."""
    monkeypatch.setenv("OIDC_TEST_SECRET", "what only both sides know")
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = process.issuer, "coe-portal"
    settings.OIDC_CLIENT_SECRET, settings.OIDC_ROLES = "env:OIDC_TEST_SECRET", RULES
    settings.SITE_URL = "http://testserver"
    cache.clear()
    return process


def sign_in(provider: Provider, subject: str, client: Client | None = None, to: str = "") -> Any:
    """The whole way: to the provider, consent, and back; the portal's last answer."""
    client = client or Client()
    return oidc.come_back(client, provider.approve(oidc.begin(client, to), subject))


def roles(subject: str) -> set[tuple[str, str, str]]:
    """(role, lane, place) of whoever the provider calls `subject`."""
    user = SignOnIdentity.objects.get(subject=subject).user
    return {(m.role, m.lane, m.place) for m in Membership.objects.filter(user=user)}


def test_a_stranger_gets_an_account_without_any_role(provider: Provider, client: Client) -> None:
    provider.knows("sub-1", name="Ada Jones", email="ada@example.org", preferred_username="ada")
    answer = sign_in(provider, "sub-1", client, to="/use-cases/")
    assert (answer.status_code, answer["Location"]) == (302, "/use-cases/")
    ada = User.objects.get(username="ada")
    assert (str(ada), ada.email, ada.has_usable_password(), ada.kind) == (
        "Ada Jones",
        "ada@example.org",
        False,
        "person",
    )
    assert roles("sub-1") == set()
    assert client.get("/api/v1/me/").json()["username"] == "ada"
    signed_in = AuditEvent.objects.get(action="user.signed_in")
    assert signed_in.data == {"door": "oidc"}
    assert not SocialAccount.objects.exists()


def test_the_way_there_carries_state_nonce_and_a_challenge(provider: Provider, client: Client) -> None:
    sent = oidc.parameters(oidc.begin(client))
    assert sent["response_type"] == "code"
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["code_challenge"]) >= 43
    assert len(sent["nonce"]) >= 20
    assert len(sent["state"]) >= 16
    assert sent["redirect_uri"] == "http://testserver/accounts/oidc/callback/"
    assert set(sent["scope"].split()) == {"openid", "profile", "email"}
    assert "what only both" not in str(sent)
    other = oidc.parameters(oidc.begin(Client()))
    assert not {other[name] for name in ("state", "nonce", "code_challenge")} & set(sent.values())


def test_groups_give_roles_and_take_back_what_they_gave_and_nothing_else(provider: Provider) -> None:
    unit()
    team("Letters")
    provider.knows("sub-2", groups=["coe-architects", "coe-security", "ops", "letters", "unknown"])
    sign_in(provider, "sub-2")
    given = {
        ("architect", "", "the whole organisation"),
        ("reviewer", "security", "the whole organisation"),
        ("ai_engineer", "", "Operations"),
        ("steward", "", "Letters"),
    }
    assert roles("sub-2") == given
    user = SignOnIdentity.objects.get(subject="sub-2").user
    services.grant(user=user, role=Role.FINOPS, by=None)
    before = AuditEvent.objects.filter(action__startswith="role.").count()
    sign_in(provider, "sub-2")
    assert AuditEvent.objects.filter(action__startswith="role.").count() == before
    provider.knows("sub-2", groups=["ops"])
    sign_in(provider, "sub-2")
    assert roles("sub-2") == {("ai_engineer", "", "Operations"), ("finops", "", "the whole organisation")}
    assert AuditEvent.objects.filter(action="role.revoked", subject_id=str(user.pk)).count() == 3
    provider.knows("sub-2")
    sign_in(provider, "sub-2")
    assert roles("sub-2") == {("finops", "", "the whole organisation")}


def test_a_role_granted_by_hand_stays_by_hand(provider: Provider) -> None:
    provider.knows("sub-3", groups=[])
    sign_in(provider, "sub-3")
    user = SignOnIdentity.objects.get(subject="sub-3").user
    services.grant(user=user, role=Role.ARCHITECT, by=None)
    provider.knows("sub-3", groups=["coe-architects"])
    sign_in(provider, "sub-3")
    provider.knows("sub-3", groups=[])
    sign_in(provider, "sub-3")
    assert Membership.objects.get(user=user).source == Source.MANUAL


@pytest.mark.parametrize("claim", [None, 7, {"a": 1}, [7, None, ["coe-architects"]], "", "coe-architects-not"])
def test_a_strange_groups_claim_gives_nothing(provider: Provider, claim: Any) -> None:
    provider.knows("sub-4", groups=claim)
    sign_in(provider, "sub-4")
    assert roles("sub-4") == set()


def test_neither_name_nor_address_identify_anybody(provider: Provider) -> None:
    root = services.create_user(
        username="root", display_name="Root", password=None, by=None, email="root@example.org", superuser=True
    )
    provider.knows("sub-5", preferred_username="root", email="root@example.org", email_verified=True, name="Root")
    sign_in(provider, "sub-5")
    stranger = SignOnIdentity.objects.get(subject="sub-5").user
    assert stranger != root
    assert (stranger.username, stranger.is_superuser) == ("root-2", False)
    provider.knows("sub-5", preferred_username="other", email="new@example.org")
    sign_in(provider, "sub-5")
    stranger.refresh_from_db()
    assert stranger.username == "root-2"


@pytest.mark.parametrize("name", ["new", "units", "Teams", "service-accounts"])
def test_a_name_that_nobody_can_have_becomes_another(provider: Provider, name: str) -> None:
    provider.knows(f"sub-{name}", preferred_username=name)
    assert sign_in(provider, f"sub-{name}").status_code == 302
    assert SignOnIdentity.objects.get(subject=f"sub-{name}").user.username == f"{name}-2"


def test_where_nothing_new_is_taken_a_role_stays_and_no_other_is_given(provider: Provider) -> None:
    home, letters = unit(), team("Letters")
    provider.knows("sub-32", groups=["ops", "letters"])
    sign_in(provider, "sub-32")
    services.close_team(team=letters, by=None)
    services.change_unit(unit=home, valid_until=timezone.localdate(), by=None)
    given = {("ai_engineer", "", "Operations"), ("steward", "", "Letters")}
    for subject, expected in (("sub-32", given), ("sub-33", set())):
        provider.knows(subject, groups=["ops", "letters"])
        assert sign_in(provider, subject).status_code == 302
        assert roles(subject) == expected
    provider.knows("sub-32", groups=[])
    sign_in(provider, "sub-32")
    assert roles("sub-32") == set()


def test_what_the_provider_says_of_itself_is_kept_once_and_not_for_ever(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    usual = cache.set

    def noted(key: str, *rest: Any, **more: Any) -> None:
        kept.append(str(key))
        usual(key, *rest, **more)

    monkeypatch.setattr(cache, "set", noted)
    provider.knows("sub-34")
    for _ in range(2):
        sign_in(provider, "sub-34")
    assert len([key for key in kept if key.startswith("oidc:")]) == 1


def test_the_same_subject_of_another_issuer_is_somebody_else(provider: Provider) -> None:
    theirs = person()
    services.link_identity(user=theirs, issuer="https://elsewhere.example.org", subject="sub-6", by=None)
    provider.knows("sub-6")
    sign_in(provider, "sub-6")
    assert SignOnIdentity.objects.filter(subject="sub-6").values("user").distinct().count() == 2


def test_somebody_with_an_account_is_linked_by_a_command(provider: Provider, client: Client) -> None:
    ada = person(name="ada")
    call_command("link_sign_on", "ada", "sub-18")
    provider.knows("sub-18", preferred_username="other")
    sign_in(provider, "sub-18", client)
    assert client.get("/api/v1/me/").json()["username"] == "ada"
    assert AuditEvent.objects.filter(action="user.linked", subject_id=str(ada.pk)).count() == 1
    for wrong in (("ada", "sub-18"), ("nobody", "sub-19"), ("ada", ""), ("ada", "x" * 256)):
        with pytest.raises(CommandError):
            call_command("link_sign_on", *wrong)


def test_strangers_can_be_kept_out(provider: Provider, settings: LazySettings) -> None:
    settings.OIDC_CREATE = False
    provider.knows("sub-7")
    answer = sign_in(provider, "sub-7")
    assert answer.status_code == 403
    assert b"You have no account here" in answer.content
    linked = person()
    services.link_identity(user=linked, issuer=provider.issuer, subject="sub-7", by=None)
    assert sign_in(provider, "sub-7").status_code == 302


def test_who_is_deactivated_is_told_so_and_stays_out(provider: Provider, client: Client) -> None:
    provider.knows("sub-8", groups=["coe-architects"])
    sign_in(provider, "sub-8")
    user = SignOnIdentity.objects.get(subject="sub-8").user
    services.deactivate(user=user, by=None)
    provider.knows("sub-8", groups=["coe-architects", "coe-security"])
    answer = sign_in(provider, "sub-8", client)
    assert answer.status_code == 403
    assert b"deactivated" in answer.content
    assert client.get("/api/v1/me/").status_code == 401
    assert len(roles("sub-8")) == 1


def test_a_service_account_gets_no_session_even_if_linked(provider: Provider, client: Client) -> None:
    answers = person()
    account = User.objects.create(username="robot", kind=UserKind.SERVICE, responsible=answers)
    services.link_identity(user=account, issuer=provider.issuer, subject="sub-9", by=None)
    provider.knows("sub-9")
    assert sign_in(provider, "sub-9", client).status_code == 403
    assert client.get("/api/v1/me/").status_code == 401


def refused(answer: Any, client: Client) -> bool:
    """Whether nobody is signed in, and the words tell nothing of why."""
    said = answer.status_code == 400 and b"Single sign-on did not work" in answer.content
    return bool(said and client.get("/api/v1/me/").status_code == 401 and not User.objects.exists())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda back: {**back, "state": "x" * 16},
        lambda back: {"code": back["code"]},
        lambda back: {"state": back["state"]},
        lambda back: {**back, "code": "x"},
        lambda back: {**back, "code": ""},
        lambda back: {"state": back["state"], "error": "access_denied"},
        lambda back: {"state": back["state"], "error": "server_error", "error_description": "<script>"},
        lambda back: {},
    ],
)
def test_an_answer_that_was_changed_on_the_way_lets_nobody_in(
    provider: Provider, client: Client, spoil: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    provider.knows("sub-10")
    back = oidc.parameters(provider.approve(oidc.begin(client), "sub-10"))
    assert refused(client.get(oidc.CALLBACK, spoil(back)), client)


@pytest.mark.parametrize("name", ["nonce", "client_id"])
def test_a_code_that_was_asked_for_otherwise_lets_nobody_in(provider: Provider, client: Client, name: str) -> None:
    """Somebody swaps the nonce, or has the code made for another client."""
    provider.knows("sub-11")
    address = urlsplit(oidc.begin(client))
    changed = {**oidc.parameters(address.geturl()), name: "somebody-elses-0123456789"}
    back = provider.approve(address._replace(query=urlencode(changed)).geturl(), "sub-11")
    assert refused(oidc.come_back(client, back), client)


def test_another_browsers_answer_lets_nobody_in(provider: Provider, client: Client) -> None:
    provider.knows("sub-12")
    back = provider.approve(oidc.begin(Client()), "sub-12")
    assert refused(oidc.come_back(client, back), client)
    oidc.begin(client)
    assert refused(oidc.come_back(client, back), client)


def test_an_answer_counts_once(provider: Provider, client: Client) -> None:
    provider.knows("sub-13")
    back = provider.approve(oidc.begin(client), "sub-13")
    assert oidc.come_back(client, back).status_code == 302
    client.post("/accounts/logout/")
    assert oidc.come_back(client, back).status_code == 400
    # The code alone, with a state that holds: the provider refuses it a second time.
    state = oidc.parameters(oidc.begin(client))["state"]
    again = client.get(oidc.CALLBACK, {"code": oidc.parameters(back)["code"], "state": state})
    assert again.status_code == 400
    assert client.get("/api/v1/me/").status_code == 401


def test_a_session_that_somebody_planted_is_not_taken_over(provider: Provider, client: Client) -> None:
    provider.knows("sub-14")
    address = oidc.begin(client)
    planted = client.cookies["sessionid"].value
    oidc.come_back(client, provider.approve(address, "sub-14"))
    assert client.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_the_way_back_leads_to_no_other_site(provider: Provider, target: str) -> None:
    provider.knows("sub-15")
    assert sign_in(provider, "sub-15", to=target)["Location"] == "/"


def test_a_provider_that_is_down_or_not_permitted_is_no_crash(
    provider: Provider, settings: LazySettings, client: Client
) -> None:
    settings.EGRESS_ALLOWED = []
    assert refused(client.get(oidc.BEGIN), client)
    settings.EGRESS_ALLOWED = ["http://127.0.0.1:*=*"]
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert refused(client.get(oidc.BEGIN), client)


def test_another_site_cannot_start_it(provider: Provider, client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get(oidc.BEGIN, headers=headers)["Location"] == "/accounts/login/"


def test_the_sign_in_page_shows_the_doors_there_are(provider: Provider, settings: LazySettings, client: Client) -> None:
    page = client.get("/accounts/login/?next=/use-cases/").content.decode()
    assert "/accounts/oidc/login/?next=%2Fuse-cases%2F" in page
    assert "password" in page
    settings.PASSWORD_SIGN_IN = False
    assert 'type="password"' not in client.get("/accounts/login/").content.decode()
    assert 'type="password"' in client.get("/accounts/login/?break-glass").content.decode()
    settings.OIDC_ISSUER = ""
    assert "oidc" not in client.get("/accounts/login/").content.decode()
    assert [client.get(path).status_code for path in (oidc.BEGIN, oidc.CALLBACK)] == [404, 404]


def test_no_other_page_of_allauth_is_there(provider: Provider, client: Client) -> None:
    client.force_login(person())
    paths = ("signup/", "password/reset/", "email/", "social/connections/", "social/signup/", "confirm-email/x/")
    assert {client.get(f"/accounts/{path}").status_code for path in paths} == {404}
    assert client.get("/admin/socialaccount/socialapp/").status_code in (302, 404)


def test_the_secret_shows_nowhere(provider: Provider, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    provider.knows("sub-16")
    with caplog.at_level("DEBUG"):
        answer = sign_in(provider, "sub-16", client)
        other = Client()
        other.get(oidc.CALLBACK, {"code": "x", "state": oidc.parameters(oidc.begin(other))["state"]})
    said = caplog.text + str(list(AuditEvent.objects.values())) + answer.content.decode()
    assert "what only both sides know" not in said


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_follows_every_redirect_arrives(
    provider: Provider, live_server: Any, settings: LazySettings
) -> None:
    settings.SITE_URL = live_server.url
    provider.knows("sub-17", preferred_username="grace")
    with requests.Session() as browser:
        page = browser.get(f"{live_server.url}/accounts/oidc/login/?next=/account/tokens", timeout=30)
        assert page.url.startswith(provider.issuer)
        home = browser.post(page.url, data={"sub": "sub-17"}, timeout=30)
        assert home.url == f"{live_server.url}/account/tokens"
        assert browser.get(f"{live_server.url}/api/v1/me/", timeout=30).json()["username"] == "grace"

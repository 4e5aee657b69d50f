"""The administrators' list of permitted addresses, and the store of secrets."""

import base64
import os
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core import egress
from apps.core.egress import credentials, sources
from apps.core.egress.sessions import EgressSession
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.egress import rules, selectors, services, vault
from apps.egress.models import Purpose, Rule, Scheme, Secret
from coe_portal.operations import tracing
from tests.factories.people import person, unit

pytestmark = pytest.mark.django_db
KEYS = {name: base64.b64encode(bytes([number]) * 32).decode() for number, name in enumerate(("old", "new"), start=1)}


@pytest.fixture(autouse=True)
def _alone(settings: Settings) -> None:
    settings.EGRESS_ALLOWED = []
    settings.SECRET_KEYS = rules.key_ring(f"old:{KEYS['old']}")


@pytest.fixture
def keeper() -> User:
    """An administrator of the whole organisation."""
    return person(Role.ADMINISTRATOR)


def _rule(by: User, host: str = "models.example.org", **values: Any) -> Rule:
    return services.add_rule(**{"scheme": Scheme.HTTPS, "host": host, "purpose": Purpose.MODELS, "by": by, **values})


def _problem(url: str, purpose: str = "models", credential: str = "") -> str:
    return sources.problem(url, purpose=purpose, credential=credential)


def test_a_rule_holds_at_once_for_its_purpose_and_until_it_is_withdrawn(keeper: User) -> None:
    assert _problem("https://models.example.org/v1")
    rule = _rule(keeper)
    assert _problem("https://models.example.org/v1") == ""
    assert _problem("https://models.example.org/v1", "webhooks")
    assert _problem("http://models.example.org/v1")
    services.remove_rule(rule, by=keeper)
    assert _problem("https://models.example.org/v1")


def test_the_environments_entries_hold_beside_the_rules(settings: Settings, keeper: User) -> None:
    settings.EGRESS_ALLOWED = ["https://other.example.org"]
    _rule(keeper)
    assert _problem("https://other.example.org/", "webhooks") == _problem("https://models.example.org/") == ""


def test_a_credential_goes_only_where_a_rule_takes_it(keeper: User) -> None:
    _rule(keeper, credentials=["COE_ENDPOINT_KEY_A", "store:vendor"])
    assert _problem("https://models.example.org/", credential="env:COE_ENDPOINT_KEY_A") == ""
    assert _problem("https://models.example.org/", credential="COE_ENDPOINT_KEY_A") == ""
    assert _problem("https://models.example.org/", credential="store:vendor") == ""
    assert "may not be sent" in _problem("https://models.example.org/", credential="store:other")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"host": "169.254.169.254"}, "host"),
        ({"host": "169.254.0.0/16"}, "host"),
        ({"host": "[fd00:ec2::254]"}, "host"),
        ({"host": "fd00:ec2::254"}, "host"),
        ({"host": "100.100.100.200"}, "host"),
        ({"host": "::ffff:10.0.0.1"}, "host"),
        ({"host": "0.0.0.0/0"}, "host"),
        ({"host": "2130706433"}, "host"),
        ({"host": "0x7f.1"}, "host"),
        ({"host": "models.example.org/v1"}, "host"),
        ({"host": "user@models.example.org"}, "host"),
        ({"host": "*.example.org"}, "host"),
        ({"host": "models.example.org."}, "host"),
        ({"host": "mödels.example.org"}, "host"),
        ({"host": "models.example.org", "port": "0"}, "host"),
        ({"host": "models.example.org", "port": "65536"}, "host"),
        ({"host": "models.example.org", "port": "*"}, "host"),
        ({"host": "models.example.org", "network": "169.254.169.254"}, "host"),
        ({"host": "10.0.0.0/8", "network": "10.0.0.0/8"}, "host"),
        ({"host": "10.0.0.0/8", "credentials": ["env:COE_ENDPOINT_KEY_A"]}, "host"),
        ({"host": "models.example.org", "credentials": ["SECRET_KEY"]}, "credentials"),
        ({"host": "models.example.org", "credentials": ["file:/etc/passwd"]}, "credentials"),
        ({"host": "models.example.org", "credentials": ["file:/run/secrets/../../etc/passwd"]}, "credentials"),
        ({"host": "models.example.org", "credentials": ["sk-123456"]}, "credentials"),
        ({"host": "models.example.org", "credentials": ["*"]}, "host"),
    ],
)
def test_what_may_never_be_permitted_is_refused_beside_its_field(
    keeper: User, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        _rule(keeper, **values)
    assert list(refused.value.fields) == [field]
    assert not Rule.objects.exists()


def test_every_rule_is_read_back_as_it_was_meant(keeper: User) -> None:
    for values in (
        {"host": "vllm", "scheme": Scheme.HTTP, "port": "8000", "network": "172.16.0.0/12"},
        {"host": "10.1.0.0/16", "scheme": Scheme.HTTP, "port": "8001"},
        {"host": "fd12::/32"},
        {"host": "fd12::1", "credentials": ["env:COE_ENDPOINT_KEY_A"]},
        {"host": "127.0.0.1", "scheme": Scheme.HTTP, "port": "*"},
    ):
        rule = _rule(keeper, **values)
        assert str(selectors.as_permit(rule).port or "*") == str(rule.port or "*")
    allowed = ["http://vllm:8000/v1", "http://10.1.2.3:8001/", "https://[fd12::9]/", "http://127.0.0.1:1/"]
    assert [url for url in allowed if _problem(url)] == []
    assert _problem("http://10.2.2.3:8001/")
    assert _problem("http://10.1.2.3:8002/")


def test_the_same_rule_twice_is_refused(keeper: User) -> None:
    _rule(keeper)
    with pytest.raises(ConflictError, match="permitted already"):
        _rule(keeper)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_of_everything_changes_anything(keeper: User, role: Role) -> None:
    rule, secret = _rule(keeper), services.set_secret(name="a", value="b", by=keeper)
    for by in (person(role), person(Role.ADMINISTRATOR, unit=unit())):
        for attempt in (
            lambda by=by: _rule(by, "b.example.org"),
            lambda by=by: services.remove_rule(rule, by=by),
            lambda by=by: services.set_secret(name="b", value="c", by=by),
            lambda by=by: services.remove_secret(secret, by=by),
        ):
            with pytest.raises(NotAllowedError):
                attempt()


def test_the_database_lets_no_rule_be_changed(keeper: User) -> None:
    rule = _rule(keeper)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(host="evil.example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(scheme="ftp", host="x", port=1, purpose="any", created_by=keeper)


def test_every_change_is_audited_once_and_without_the_secret(keeper: User) -> None:
    before = AuditEvent.objects.count()
    rule, secret = _rule(keeper), services.set_secret(name="vendor", value="canary-value", by=keeper)
    services.remove_rule(rule, by=keeper)
    services.remove_secret(secret, by=keeper)
    events = AuditEvent.objects.order_by("sequence")[before:]
    assert [event.action for event in events] == [
        "egress.permitted", "secret.set", "egress.withdrawn", "secret.removed",
    ]  # fmt: skip
    assert "canary" not in str([event.data for event in events])


def test_a_secret_is_kept_encrypted_and_read_by_its_reference_alone(keeper: User) -> None:
    row = services.set_secret(name="vendor", value="sk-canary-1", by=keeper)
    assert credentials.read("store:vendor") == "sk-canary-1"
    assert b"canary" not in bytes(Secret.objects.get().sealed)
    again = services.set_secret(name="vendor", value="sk-canary-2", by=keeper)
    assert (again.pk, credentials.read("store:vendor")) == (row.pk, "sk-canary-2")


def test_a_sealed_secret_opens_for_its_own_row_only(keeper: User) -> None:
    sealed = vault.of(services.set_secret(name="a", value="b", by=keeper))
    with pytest.raises(egress.CredentialError, match="cannot be opened"):
        vault.unseal(sealed, row=uuid4())
    Secret.objects.update(sealed=b"\0" * 17)
    with pytest.raises(egress.CredentialError, match="cannot be opened"):
        credentials.read("store:a")
    with pytest.raises(egress.CredentialError, match="no stored secret nothing"):
        credentials.read("store:nothing")


def test_keys_are_rotated_without_losing_a_secret(keeper: User, settings: Settings) -> None:
    kept = services.keep("kept", owner="webhook", by=keeper)
    services.set_secret(name="a", value="b", by=keeper)
    settings.SECRET_KEYS = rules.key_ring(f"new:{KEYS['new']},old:{KEYS['old']}")
    assert credentials.read("store:a") == "b"
    out = StringIO()
    call_command("rotate_secrets", stdout=out)
    call_command("rotate_secrets", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["2", "0"]
    settings.SECRET_KEYS = rules.key_ring(f"new:{KEYS['new']}")
    assert (credentials.read("store:a"), credentials.read(kept)) == ("b", "kept")


def test_a_rotation_that_lacks_a_key_changes_nothing(keeper: User, settings: Settings) -> None:
    services.set_secret(name="a", value="b", by=keeper)
    settings.SECRET_KEYS = rules.key_ring(f"new:{KEYS['new']}")
    with pytest.raises(CommandError, match="needs the key old"):
        call_command("rotate_secrets")
    assert Secret.objects.get().key_id == "old"


def test_without_a_key_ring_nothing_is_stored(keeper: User, settings: Settings) -> None:
    settings.SECRET_KEYS = {}
    with pytest.raises(ConflictError, match="COE_SECRET_KEYS"):
        services.set_secret(name="a", value="b", by=keeper)
    with pytest.raises(ConflictError, match="COE_SECRET_KEYS"):
        services.keep("b", owner="webhook", by=keeper)


def test_what_an_app_keeps_is_its_own(keeper: User) -> None:
    reference = services.keep("word", owner="webhook", by=keeper)
    assert credentials.read(reference) == "word"
    assert not selectors.secrets(viewer=keeper).exists()
    with pytest.raises(ConflictError, match="taken"):
        services.set_secret(name=reference.removeprefix("store:"), value="mine", by=keeper)
    services.forget(reference)
    services.forget(reference)
    assert not Secret.objects.exists()


@pytest.mark.parametrize("value", ["", "two\nlines", "ü", "a\0b", "x" * 16_385])
def test_a_secret_that_no_header_can_carry_is_refused(keeper: User, value: str) -> None:
    with pytest.raises(InvalidError):
        services.set_secret(name="a", value=value, by=keeper)


@pytest.mark.parametrize("name", ["", "A", "a b", "a:b", "../a", "x" * 81])
def test_a_secret_needs_a_plain_name(keeper: User, name: str) -> None:
    with pytest.raises(InvalidError):
        services.set_secret(name=name, value="b", by=keeper)


def test_the_pages_permit_withdraw_set_and_remove(client: Client, keeper: User) -> None:
    client.force_login(keeper)
    form = {"scheme": "https", "host": "a.example.org", "purpose": "webhooks", "credentials": "COE_ENDPOINT_KEY_A"}
    assert client.post("/egress/new", form).status_code == 302
    assert client.post("/egress/secrets/set", {"name": "vendor", "value": "sk-canary"}).status_code == 302
    page = client.get("/egress/").content.decode()
    assert "https://a.example.org:443" in page
    assert "store:vendor" in page
    assert "sk-canary" not in page
    assert client.get(f"/egress/{Rule.objects.get().pk}/remove").status_code == 200
    assert client.post(f"/egress/{Rule.objects.get().pk}/remove").status_code == 302
    assert client.get("/egress/secrets/vendor/remove").status_code == 200
    assert client.post("/egress/secrets/vendor/remove").status_code == 302
    assert not Rule.objects.exists()
    assert not Secret.objects.exists()


def test_a_refused_form_says_why_and_never_repeats_a_secret(client: Client, keeper: User) -> None:
    client.force_login(keeper)
    refused = client.post("/egress/new", {"scheme": "http", "host": "169.254.169.254", "purpose": "any"})
    assert refused.status_code == 422
    assert b"never called" in refused.content
    refused = client.post("/egress/secrets/set", {"name": "No Name", "value": "sk-canary-typed"})
    assert refused.status_code == 422
    assert b"sk-canary" not in refused.content


def test_an_auditor_reads_and_a_stranger_does_not(client: Client, keeper: User) -> None:
    rule = _rule(keeper)
    client.force_login(person(Role.AUDITOR))
    page = client.get("/egress/").content.decode()
    assert client.get(f"/go/egress_rule/{rule.pk}")["Location"] == "/egress/"
    assert "models.example.org" in page
    assert "/remove" not in page
    assert client.get("/egress/new").status_code == 403
    client.force_login(person(Role.ARCHITECT))
    assert client.get("/egress/").status_code == 403
    assert client.get(f"/go/egress_rule/{rule.pk}").status_code == 404
    assert client.post(f"/egress/{rule.pk}/remove").status_code == 403
    with pytest.raises(NotFoundError):
        selectors.rule(rule.pk, viewer=person(Role.ARCHITECT))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nonsense", "entry 1"),
        (f"a:{KEYS['old']},:{KEYS['new']}", "entry 2"),
        (f"a:{KEYS['old']},a:{KEYS['new']}", "two keys are called a"),
        ("a:c2hvcnQ=", "the key a is not 32 bytes"),
        ("a:not base64", "the key a is not 32 bytes"),
    ],
)
def test_a_key_ring_that_is_wrong_is_named_without_its_keys(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as refused:
        rules.key_ring(text)
    assert text.partition(":")[2][:6] not in str(refused.value) or ":" not in text


def test_a_key_ring_keeps_its_order() -> None:
    assert list(rules.key_ring(f"b:{KEYS['old']}, a:{KEYS['new']}")) == ["b", "a"]
    assert rules.key_ring("") == {}


def test_a_file_is_read_below_its_folder_and_nowhere_else(settings: Settings, tmp_path: Any) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    settings.SECRET_FILES = str(folder)
    (folder / "key").write_text("sk-1\n")
    (tmp_path / "outside").write_text("sk-2")
    (folder / "way-out").symlink_to(tmp_path / "outside")
    (folder / "way-in").symlink_to(folder / "key")
    (folder / "two").write_text("a\nb\n")
    (folder / "long").write_text("x" * 20_000)
    os.mkfifo(folder / "pipe")
    assert credentials.read(f"file:{folder}/key") == credentials.read(f"file:{folder}/way-in") == "sk-1"
    for name in ("way-out", "../outside", "two", "long", "pipe", "missing", "."):
        with pytest.raises(egress.CredentialError):
            credentials.read(f"file:{folder}/{name}")
    with pytest.raises(egress.CredentialError):
        credentials.read(f"file:{tmp_path}/outside")


@pytest.mark.parametrize(
    "reference", ["env:SECRET_KEY", "SECRET_KEY", "vault:x", "env:", "store:", "file:", "file:key"]
)
def test_no_other_reference_is_read(reference: str) -> None:
    with pytest.raises(egress.CredentialError):
        credentials.read(reference)


def test_a_variable_that_is_missing_or_broken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(egress.CredentialError, match="has no COE_ENDPOINT_KEY_A"):
        credentials.read("COE_ENDPOINT_KEY_A")
    monkeypatch.setenv("COE_ENDPOINT_KEY_A", "line\r\nX-Injected: 1")
    with pytest.raises(egress.CredentialError, match="not one line"):
        credentials.read("env:COE_ENDPOINT_KEY_A")


def test_traces_go_by_the_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def exporter(*, session: Any) -> InMemorySpanExporter:
        asked.append(session)
        return InMemorySpanExporter()

    monkeypatch.setattr("opentelemetry.exporter.otlp.proto.http.trace_exporter.OTLPSpanExporter", exporter)
    tracing._provider_of.__wrapped__(0).shutdown()
    assert isinstance(asked[0], EgressSession)

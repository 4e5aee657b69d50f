"""Permitting addresses, and writing secrets that nobody reads back."""

from collections.abc import Iterable
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.egress import credentials as core
from apps.core.egress import permits
from apps.core.errors import ConflictError, InvalidError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.egress import vault
from apps.egress.models import Purpose, Rule, Scheme, Secret

_LONGEST = 16_384  # characters of a secret


@transaction.atomic
def add_rule(
    *,
    scheme: Scheme,
    host: str,
    purpose: Purpose,
    by: User,
    port: str = "",
    network: str = "",
    credentials: Iterable[str] = (),
    note: str = "",
) -> Rule:
    """Permit calls of `host`, a name, an IP address or a network; it holds from the next call on.

    `port` is a number, `*`, or "" for the scheme's own. Raises NotAllowedError, InvalidError, ConflictError.
    """
    accounts.check_administers(by, to="permit addresses")
    names = sorted({permits.normal(name) for name in credentials})
    _check_names(names)
    try:
        made = permits.permit(scheme, host.strip(), port=port.strip(), at=network.strip(), keys=names, purpose=purpose)
    except ValueError as error:
        raise InvalidError("The address was not permitted.", fields={"host": [_sentence(str(error))]}) from None
    place = {
        "scheme": scheme, "host": made.host or str(made.networks[0]), "port": made.port, "purpose": purpose,
    }  # fmt: skip
    if Rule.objects.filter(**place).exists():
        raise ConflictError("This address is permitted already.", fields={"host": ["Remove the present one first."]})
    at = str(made.networks[0]) if made.host and made.networks else ""
    rule = Rule.objects.create(**place, network=at, credentials=names, note=clean_text(note), created_by=by)
    audit.record(
        action="egress.permitted",
        subject=_ref(rule),
        by=by,
        address=str(rule),
        purpose=purpose.value,
        credentials=names,
    )
    return rule


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        why = core.problem(name, prefix=settings.ENDPOINT_KEY_PREFIX, folder=settings.SECRET_FILES)
        if name != permits.ANY and why:
            raise InvalidError("The address was not permitted.", fields={"credentials": [why]})


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


@transaction.atomic
def remove_rule(rule: Rule, *, by: User) -> None:
    """Withdraw a permission; calls that are under way end within seconds. Raises NotAllowedError."""
    accounts.check_administers(by, to="withdraw permissions")
    subject, address = _ref(rule), str(rule)
    Rule.objects.filter(pk=rule.pk).delete()
    audit.record(action="egress.withdrawn", subject=subject, by=by, address=address, purpose=rule.purpose)


@transaction.atomic
def set_secret(*, name: str, value: str, by: User) -> Secret:
    """Keep `value` under `name`, instead of what was there. Nobody reads it back; calls that name it send it.

    Raises NotAllowedError, InvalidError with fields, ConflictError where the site has no key ring.
    """
    accounts.check_administers(by, to="set secrets")
    if why := core.problem(f"store:{name}", prefix="", folder=""):
        raise InvalidError("The secret was not set.", fields={"name": [why]})
    _check_value(value)
    found = Secret.objects.select_for_update(no_key=True).filter(name=name).first()
    if found is not None and found.owner:
        raise ConflictError("This name is taken by the portal itself.", fields={"name": ["Choose another."]})
    secret = found or Secret(name=name)
    _seal(secret, value)
    secret.set_by = by
    secret.save()
    audit.record(action="secret.set", subject=_secret_ref(secret), by=by, name=name, key=secret.key_id)
    return secret


def _check_value(value: str) -> None:
    if not value or len(value) > _LONGEST or not value.isascii() or not value.isprintable():
        raise InvalidError("The secret was not set.", fields={"value": ["Give one line of plain characters."]})


@transaction.atomic
def keep(secret: str, *, owner: str, by: User) -> str:
    """Keep a secret of an app's own, called `owner`; returns the reference that reads it.

    The app says who may, and audits what it is for. Raises InvalidError, ConflictError where the site has no key ring.
    """
    _check_value(secret)
    row = Secret(name=f"{owner}-{uuid4().hex}", owner=owner, set_by=by)
    _seal(row, secret)
    row.save()
    return f"store:{row.name}"


@transaction.atomic
def forget(reference: str) -> None:
    """Remove a secret that `keep` kept; forgetting twice changes nothing."""
    Secret.objects.filter(name=reference.removeprefix("store:")).exclude(owner="").delete()


@transaction.atomic
def remove_secret(secret: Secret, *, by: User) -> None:
    """Forget a secret; calls that name it fail from then on. Raises NotAllowedError."""
    accounts.check_administers(by, to="remove secrets")
    Secret.objects.filter(pk=secret.pk).delete()
    audit.record(action="secret.removed", subject=_secret_ref(secret), by=by, name=secret.name)


@transaction.atomic
def rotate_secrets(*, by: User | None) -> int:
    """Encrypt every secret anew that is not yet under the first key of the ring; how many there were.

    Raises CredentialError for one whose key is gone, ConflictError without a key ring; then nothing is changed.
    """
    key_id, rotated = vault.first_key(), 0
    for secret in Secret.objects.select_for_update(no_key=True).exclude(key_id=key_id).order_by("pk"):
        former = secret.key_id
        _seal(secret, vault.unseal(vault.of(secret), row=secret.pk))
        secret.save()
        audit.record(action="secret.rotated", subject=_secret_ref(secret), by=by, before=former, key=key_id)
        rotated += 1
    return rotated


def _seal(secret: Secret, value: str) -> None:
    sealed = vault.seal(value, row=secret.pk)
    secret.key_id, secret.nonce, secret.sealed = sealed.key_id, sealed.nonce, sealed.data


def _ref(rule: Rule) -> Ref:
    return Ref("egress_rule", str(rule.pk))


def _secret_ref(secret: Secret) -> Ref:
    return Ref("secret", str(secret.pk))

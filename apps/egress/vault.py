"""Sealing and opening stored secrets: AES-GCM under the key ring in COE_SECRET_KEYS, bound to the row's id."""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.core.egress import CredentialError
from apps.core.errors import ConflictError
from apps.egress.models import Secret

_NONCE_BYTES = 12


@dataclass(frozen=True)
class Sealed:
    """An encrypted secret, the nonce it was sealed with, and which key did it."""

    key_id: str
    nonce: bytes
    data: bytes


def is_open() -> bool:
    """Whether this site keeps secrets at all: it does once it has a key."""
    return bool(settings.SECRET_KEYS)


def first_key() -> str:
    """The id of the key that encrypts. Raises ConflictError without a key ring."""
    if not is_open():
        raise ConflictError("This site keeps no secrets: its environment has no COE_SECRET_KEYS. Ask its operator.")
    return str(next(iter(settings.SECRET_KEYS)))


def seal(plain: str, *, row: UUID) -> Sealed:
    """Encrypt `plain` for the row of this id. Raises ConflictError without a key ring."""
    key_id, nonce = first_key(), os.urandom(_NONCE_BYTES)
    return Sealed(key_id, nonce, AESGCM(settings.SECRET_KEYS[key_id]).encrypt(nonce, plain.encode(), row.bytes))


def unseal(sealed: Sealed, *, row: UUID) -> str:
    """The secret. Raises CredentialError where its key is gone, or it was sealed for another row or tampered with."""
    key = settings.SECRET_KEYS.get(sealed.key_id)
    if key is None:
        raise CredentialError(
            f"A stored secret needs the key {sealed.key_id}, which COE_SECRET_KEYS does not have here."
        )
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.data, row.bytes).decode()
    except InvalidTag:
        raise CredentialError("A stored secret cannot be opened. Ask an administrator to set it again.") from None


def of(secret: Secret) -> Sealed:
    """What the row holds."""
    return Sealed(secret.key_id, bytes(secret.nonce), bytes(secret.sealed))


def reveal(name: str) -> str:
    """The stored secret called `name`, for the client that sends it. Raises CredentialError."""
    found = Secret.objects.filter(name=name).first()
    if found is None:
        raise CredentialError(f"There is no stored secret {name}. Ask an administrator to set it.")
    return unseal(of(found), row=found.pk)

"""The key that signs seals; it lives outside the database."""

import hashlib
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


@dataclass(frozen=True, slots=True)
class SealKey:
    """An Ed25519 key with the name that seals know it by."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public half, raw (32 bytes)."""
        return self.private.public_key().public_bytes_raw()

    @property
    def name(self) -> str:
        """The first 16 hex digits of the public half's SHA-256."""
        return hashlib.sha256(self.public).hexdigest()[:16]


class WrongSealKeyError(ValueError):
    """AUDIT_SEAL_KEY holds something else than an Ed25519 private key."""


def seal_key() -> SealKey:
    """AUDIT_SEAL_KEY; outside production a key derived from SECRET_KEY where none is set."""
    configured = settings.CONFIG.audit_seal_key
    if configured is not None:
        return SealKey(_from_pem(configured.get_secret_value()))
    derived = hashlib.sha256(f"audit-seal:{settings.SECRET_KEY}".encode()).digest()
    return SealKey(Ed25519PrivateKey.from_private_bytes(derived))


@cache
def _from_pem(text: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongSealKeyError("AUDIT_SEAL_KEY is no Ed25519 private key in PEM")
    return key

"""Secrets at rest and sealed tokens, under keys that can be rotated without a stop."""

from dataclasses import dataclass
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from apps.kernel.errors import Code, Failure


class Keyring(Protocol):
    """What seals and opens bytes."""

    def seal(self, plain: bytes) -> bytes:
        """Encrypt and authenticate under the newest key."""

    def unseal(self, sealed: bytes, *, max_age: int | None = None) -> bytes:
        """The plain bytes; raises `WrongKey` when no key fits or the seal is too old."""


class WrongKey(Failure):
    """No configured key opens this: wrong key, damaged data, or an expired seal."""

    def __init__(self) -> None:
        super().__init__(
            Code.INTERNAL,
            "A stored secret cannot be opened with the configured CREDENTIAL_KEYS; "
            "add the key it was sealed with and rotate.",
        )


@dataclass(frozen=True)
class FernetKeyring:
    """Fernet (AES-128-CBC with HMAC-SHA256); the first key seals, all keys open."""

    keys: tuple[str, ...]

    def seal(self, plain: bytes) -> bytes:
        return self._fernet().encrypt(plain)

    def unseal(self, sealed: bytes, *, max_age: int | None = None) -> bytes:
        try:
            return self._fernet().decrypt(sealed, ttl=max_age)
        except InvalidToken:
            raise WrongKey from None

    def rotate(self, sealed: bytes) -> bytes:
        """The same secret under the newest key."""
        try:
            return self._fernet().rotate(sealed)
        except InvalidToken:
            raise WrongKey from None

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])

"""The keyring of this process, from its settings, and moving stored secrets to its newest key."""

import base64
import hashlib
from typing import Protocol, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from apps.kernel.crypto import FernetKeyring

M = TypeVar("M", bound=Model)


class Rotating(Protocol):
    """What moves a sealed secret to the newest key."""

    def rotate(self, sealed: bytes) -> bytes:
        """The same secret under the newest key."""


def keyring() -> FernetKeyring:
    """CREDENTIAL_KEYS; outside production a key derived from SECRET_KEY where none is set."""
    keys = tuple(key.get_secret_value() for key in settings.CONFIG.credential_keys)
    if keys:
        return FernetKeyring(keys)
    derived = hashlib.sha256(f"credentials:{settings.SECRET_KEY}".encode()).digest()
    return FernetKeyring((base64.urlsafe_b64encode(derived).decode(),))


def reseal(rows: QuerySet[M], column: str, *, ring: Rotating | None = None) -> int:
    """Seal a column of `rows` under the newest key; how many were.

    Row by row, each by a guarded UPDATE, so it may run under traffic and again after a stop: a
    secret that is set meanwhile is newer and stays. Raises `WrongKey` at one no key opens.
    """
    ring, done = ring or keyring(), 0
    for number, sealed in rows.order_by("pk").values_list("pk", column).iterator(chunk_size=200):
        if sealed:
            unchanged = rows.filter(**{"pk": number, column: sealed})
            done += unchanged.update(**{column: ring.rotate(bytes(sealed))})
    return done

"""The keyring of this process, from its settings."""

import base64
import hashlib

from django.conf import settings

from apps.kernel.crypto import FernetKeyring


def keyring() -> FernetKeyring:
    """CREDENTIAL_KEYS; outside production a key derived from SECRET_KEY where none is set."""
    keys = tuple(key.get_secret_value() for key in settings.CONFIG.credential_keys)
    if keys:
        return FernetKeyring(keys)
    derived = hashlib.sha256(f"credentials:{settings.SECRET_KEY}".encode()).digest()
    return FernetKeyring((base64.urlsafe_b64encode(derived).decode(),))

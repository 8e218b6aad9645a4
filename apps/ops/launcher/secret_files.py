"""Makes the secrets of this installation at its first start, and names their files to children."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)


def _token() -> str:
    return secrets.token_urlsafe(48)


def _fernet() -> str:
    return Fernet.generate_key().decode()


def _ed25519() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": _token,
    "credential_keys": _fernet,
    "api_key_pepper": _token,
    "audit_seal_key": _ed25519,
}


def ensure(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """Makes the missing secret files; returns NAME_FILE variables for the children.

    A secret the environment gives, by value or by file, is left to the environment.
    """
    named = {}
    for name, make in MAKERS.items():
        variable = name.upper()
        if environ.get(variable) or environ.get(f"{variable}_FILE"):
            continue
        path = folder / name
        if not path.exists():
            _write(path, make())
        named[f"{variable}_FILE"] = str(path)
    return named


def _write(path: Path, text: str) -> None:
    """Whole or not at all: half a key would lock the credentials for ever."""
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)

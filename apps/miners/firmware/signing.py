"""The offline signature of an image: what is signed, and reading keys and signatures.

The statement is canonical JSON (sorted names, no spaces, ASCII), so that a person can write it
down with nothing but a shell; the signature is Ed25519 over its bytes (RFC 8032), as
`openssl pkeyutl -sign -rawin` makes it.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from apps.miners.client.release import parse_release

#: Keeps a signature of ours from meaning anything elsewhere, and one from elsewhere here.
FORMAT: Final = "controlplane.firmware/1"
PRODUCT: Final = "braiins-os"
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signer vouches for: these bytes are this version, and for this hardware only.

    `hardware` are models as the miners name them; no `platforms` means any of those models, an
    empty `min_version` from any version on. `size` is in bytes, `sha256` in hex.
    """

    sha256: str
    size: int
    version: str
    hardware: tuple[str, ...]
    platforms: tuple[str, ...] = ()
    min_version: str = ""
    product: str = PRODUCT

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        fields = {**asdict(self), "format": FORMAT}
        fields["hardware"], fields["platforms"] = sorted(self.hardware), sorted(self.platforms)
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def require_release(text: str) -> str:
    """The text; raises ValueError for a release that could never be compared. Empty is any."""
    if text:
        parse_release(text)
    return text


def public_key(text: str) -> bytes:
    """The 32 bytes of a public key, from PEM or hex; raises ValueError with a sentence."""
    if "-----BEGIN" not in text:
        return _from_hex(text.strip())
    try:
        key = load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("is no public key; give what 'openssl pkey -pubout' prints") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("is no Ed25519 key; make one by 'openssl genpkey -algorithm ed25519'")
    return key.public_bytes_raw()


def _from_hex(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise ValueError("is a public key in PEM ('openssl pkey -pubout'), or its 32 bytes in hex")
    return raw


def signature(text: str) -> bytes:
    """The 64 bytes of a signature in base64; raises ValueError with a sentence."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != SIGNATURE_BYTES:
        raise ValueError("is an Ed25519 signature: 64 bytes in base64")
    return raw


def first_signer(keys: Sequence[bytes], signed: bytes, given: bytes) -> int | None:
    """Which of the keys made the signature, by its place; None: none of them."""
    for place, key in enumerate(keys):
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(given, signed)
        except (InvalidSignature, ValueError):
            continue
        return place
    return None

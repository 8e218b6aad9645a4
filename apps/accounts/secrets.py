"""Making and hashing the secrets of credentials."""

import hmac
import secrets
import string
from dataclasses import dataclass

from django.conf import settings

ALPHABET = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 8


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret on its way to its owner: `text` is shown once, the rest is stored."""

    text: str
    prefix: str
    digest: str


def new_api_key() -> NewSecret:
    """`cp_<prefix>_<secret>`: the prefix finds the row, the hash proves the secret."""
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_LENGTH))
    text = f"cp_{prefix}_{secrets.token_urlsafe(24)}"
    return NewSecret(text, prefix, digest_of(text))


def new_token() -> NewSecret:
    """`cpt_<secret>`: found by its hash alone."""
    text = f"cpt_{secrets.token_urlsafe(32)}"
    return NewSecret(text, "", digest_of(text))


def digest_of(text: str) -> str:
    """HMAC-SHA256 under the pepper: useless to whoever reads only the database."""
    pepper = settings.CONFIG.api_key_pepper.get_secret_value().encode()
    return hmac.digest(pepper, text.encode(), "sha256").hex()


def same(left: str, right: str) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(left, right)


def prefix_of(text: str) -> str | None:
    """The prefix of an API key, when it has the form of one."""
    parts = text.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "cp" and parts[1] else None

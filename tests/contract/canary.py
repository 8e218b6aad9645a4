"""Words that stand for secrets, and how to find them whatever they were turned into."""

import base64
from collections.abc import Iterable
from typing import Any, get_args
from uuid import uuid4

from django.db import connection
from pydantic import BaseModel, SecretBytes, SecretStr

from apps.kernel.valkey import valkey
from tests.contract.witness import tables


def canary(name: str) -> str:
    """A secret that no other text holds; good as a password."""
    return f"Canary-{name}-{uuid4().hex}"


def forms(secret: str) -> list[str]:
    """The secret as text, as hex, and inside base64 at any offset."""
    raw = secret.encode()
    packed = []
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw).decode()
        # The ends depend on the bytes around; what lies between does not.
        packed.append(text[4 : len(text) - 4])
    return [secret, raw.hex(), *packed, *(text.replace("+", "-") for text in packed)]


def found_in(text: str, secrets: dict[str, str]) -> set[str]:
    """Names of the secrets that `text` holds in some form."""
    lower = text.lower()
    return {
        name
        for name, secret in secrets.items()
        if any(form in text or form.lower() in lower for form in forms(secret))
    }


def database() -> str:
    """Every row of every table, bytes as hex."""
    parts = []
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            parts += [f"{table} {row[0]}" for row in cursor.fetchall()]
    return "\n".join(parts)


def store() -> str:
    """Every key of Valkey with what it holds."""
    client = valkey()
    return "\n".join(f"{key!r} {client.dump(key)!r}" for key in client.scan_iter(count=1000))


def secret_fields(model: type[BaseModel], at: str = "") -> Iterable[str]:
    """Paths of the fields of a secret type, through lists, mappings and models."""
    for name, field in model.model_fields.items():
        yield from _within(field.annotation, f"{at}{name}")


def _within(annotation: Any, path: str) -> Iterable[str]:
    if annotation in (SecretStr, SecretBytes):
        yield path
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from secret_fields(annotation, f"{path}.")
    else:
        for part in get_args(annotation):
            yield from _within(part, path)

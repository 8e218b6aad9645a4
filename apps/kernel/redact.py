"""Making values safe to write down: secret types never serialise, long text is cut."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import orjson
from pydantic import (
    BaseModel,
    PlainSerializer,
    SecretBytes,
    SecretStr,
    SerializationInfo,
    WithJsonSchema,
)

HIDDEN = "**********"
LONGEST_TEXT = 2_000

_SHOWING: Final = "show once"


def _show(value: SecretStr, info: SerializationInfo) -> str:
    return value.get_secret_value() if info.context == _SHOWING else HIDDEN


#: A secret that is made here and told once: only `shown` spells it out, so that neither audit
#: rows nor stored replies can hold it.
ShownOnce = Annotated[
    SecretStr,
    PlainSerializer(_show, return_type=str, when_used="json"),
    # Pydantic calls a secret write-only, which would take it out of every answer's description.
    WithJsonSchema(
        {"type": "string", "description": "Told in this answer and never again."},
        mode="serialization",
    ),
]


def redacted(value: BaseModel | Mapping[str, Any] | None) -> dict[str, Any]:
    """`value` as JSON-ready data for audit rows, logs and pages.

    Fields of pydantic's secret types come out as asterisks; that is the type's own behaviour,
    so a new model cannot forget it.
    """
    if value is None:
        return {}
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else dict(value)
    return {name: shortened(item) for name, item in plain.items()}


def shortened(value: Any) -> Any:
    """`value` with over-long text cut, and how much was cut said."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}… ({len(value) - LONGEST_TEXT} characters more)"
    if isinstance(value, Mapping):
        return {name: shortened(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(item) for item in value]
    return value


def shown(value: BaseModel) -> dict[str, Any]:
    """`value` as JSON-ready data with its `ShownOnce` fields readable: for the first answer."""
    return value.model_dump(mode="json", context=_SHOWING)


def revealed(value: BaseModel) -> bytes:
    """`value` as JSON with its secrets readable: only ever to be sealed or hashed with a key."""
    return orjson.dumps(
        value.model_dump(mode="python"), default=_reveal, option=orjson.OPT_SORT_KEYS
    )


def _reveal(item: Any) -> Any:
    if isinstance(item, SecretStr | SecretBytes):
        secret = item.get_secret_value()
        return secret if isinstance(secret, str) else secret.decode("latin-1")
    return str(item)

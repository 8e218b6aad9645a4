"""Turns contract messages into the JSON of the REST face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import UInt32Value

if TYPE_CHECKING:
    from google._upb._message import FieldDescriptor as FastField
    from google.protobuf.descriptor import FieldDescriptor

    Field = FieldDescriptor | FastField


def plain(message: Message) -> object:
    """Snake case, enums as integers, unset messages null, oneof arms nested under their oneof."""
    if isinstance(message, Timestamp):
        return message.ToJsonString()
    if isinstance(message, UInt32Value):
        return message.value
    fields = {f.name: _value(message, f) for f in message.DESCRIPTOR.fields if not _is_arm(f)}
    return {**fields, **_oneofs(message)}


def _oneofs(message: Message) -> dict[str, object]:
    """Each oneof by name, holding its set arm under the arm's lower-cased type."""
    shown: dict[str, object] = {}
    for oneof in message.DESCRIPTOR.oneofs:
        if _is_synthetic(oneof.name):
            continue
        arm = message.WhichOneof(oneof.name)
        shown[oneof.name] = None if arm is None else _nested(message, arm)
    return shown


def _nested(message: Message, arm: str) -> dict[str, object]:
    value = getattr(message, arm)
    name = value.DESCRIPTOR.name if isinstance(value, Message) else arm
    return {name.lower(): _item(value)}


def _is_arm(field: Field) -> bool:
    oneof = field.containing_oneof
    return oneof is not None and not _is_synthetic(oneof.name)


def _is_synthetic(oneof: str) -> bool:
    """Whether the compiler made it for an `optional` field."""
    return oneof.startswith("_")


def _value(message: Message, field: Field) -> object:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_item(item) for item in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _item(value)


def _item(value: object) -> object:
    return plain(value) if isinstance(value, Message) else value

"""Reads raw input as a model, as strictly as JSON can say it, and names every wrong field.

JSON tells numbers, text and true/false apart, so "1" is neither 1 nor true here. What JSON has no
word for (ids, times, choices, secrets) is read from text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from apps.kernel.errors import Code, Failure, FieldError, nearest

M = TypeVar("M", bound=BaseModel)

#: What a field of a plain type takes, by the error that says it got something else.
WANTED: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "an object",
}
#: How pydantic calls the members of a union in a path; to a caller they are one field.
MEMBERS: Final = frozenset({"bool", "int", "float", "str"})

Found = Mapping[str, Any]


def read(model: type[M], raw: Mapping[str, Any]) -> M:
    """`raw` as `model`; raises `invalid` with every wrong field, what it allows and a guess."""
    try:
        return model.model_validate_json(to_json(raw, inf_nan_mode="strings"), strict=True)
    except ValidationError as error:
        errors = list(_field_errors(model, error.errors(include_url=False)))
    except PydanticSerializationError:
        raise Failure(
            Code.INVALID, "The input is not JSON in UTF-8; send text, numbers, lists and objects."
        ) from None
    first = f"{errors[0].path}: {errors[0].message}"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise Failure(Code.INVALID, f"{first}{more}", errors=errors)


def _field_errors(model: type[BaseModel], found: Iterable[Found]) -> Iterable[FieldError]:
    by_path: dict[str, list[Found]] = {}
    for item in found:
        by_path.setdefault(_path(item["loc"]), []).append(item)
    for path, items in by_path.items():
        message, allowed = _said(model, items)
        yield FieldError(path, message, allowed)


def _path(where: Sequence[str | int]) -> str:
    parts = where[:-1] if len(where) > 1 and where[-1] in MEMBERS else where
    return ".".join(map(str, parts)) or "input"


def _said(model: type[BaseModel], items: Sequence[Found]) -> tuple[str, str | None]:
    first = items[0]
    kinds = [WANTED[item["type"]] for item in items if item["type"] in WANTED]
    if kinds:
        return f"is {' or '.join(kinds)}, but {_given(first['input'])} came.", None
    if first["type"] == "missing":
        return "is required.", None
    if first["type"] == "extra_forbidden":
        known = sorted(model.model_fields)
        guess = nearest(str(first["loc"][-1]), known)
        hint = f" Did you mean {guess!r}?" if guess else ""
        return f"is not a field here.{hint}", ", ".join(known) or "no fields"
    context = first.get("ctx", {})
    allowed = ", ".join(f"{name}={value}" for name, value in context.items() if name != "error")
    return str(first["msg"]), allowed or None


def _given(value: Any) -> str:
    """What kind of JSON came, in a word; bool goes first, since Python counts it as a number."""
    names = {bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")

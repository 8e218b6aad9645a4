"""Reads raw input as a model, as strictly as JSON can say it, and tells of each wrong field what
is wrong and what would be right.

JSON tells numbers, text and true/false apart, so "1" is neither 1 nor true here. What JSON has no
word for (ids, times, choices, secrets) is read from text.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from apps.kernel.errors import Code, Failure, FieldError, nearest

M = TypeVar("M", bound=BaseModel)
Json = dict[str, Any]

#: Errors in our words. What is allowed stands beside them, from the schema that callers see.
_WORDS: Final[dict[str, str]] = {
    "missing": "is needed.",
    "greater_than": "is too small.",
    "greater_than_equal": "is too small.",
    "less_than": "is too large.",
    "less_than_equal": "is too large.",
    "too_short": "has too few items.",
    "too_long": "has too many items.",
    "string_too_short": "is too short.",
    "string_too_long": "is too long.",
    "timezone_aware": "lacks its time zone.",
    "finite_number": "is not a finite number.",
}
#: Endings of pydantic's names for values that JSON itself has another type for, and for those
#: whose text, or number, is not in order.
_WRONG_TYPE: Final = "_type"
_WRONG_FORM: Final = ("_parsing", "_mismatch", "_from_float", "_parsing_size", "_version")
_CHOICES: Final = ("literal_error", "enum")
_FORMATS: Final = {
    "uuid": "an id such as 0199c2d4-7a31-7c55-9d0e-1f6b8a2c4e90",
    "date-time": "a time with its zone, such as 2026-01-31T06:30:00Z",
}


def read(model: type[M], raw: Mapping[str, Any]) -> M:
    """`raw` as `model`; raises `invalid` with every wrong field, what it allows and a guess."""
    try:
        return model.model_validate_json(to_json(raw, inf_nan_mode="strings"), strict=True)
    except ValidationError as error:
        errors = _told(model, error)
    except PydanticSerializationError:
        raise Failure(
            Code.INVALID, "The input is not JSON in UTF-8; send text, numbers, lists and objects."
        ) from None
    allowed = f" Allowed: {errors[0].allowed}." if errors[0].allowed else ""
    first = f"{errors[0].path}: {errors[0].message}{allowed}"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise Failure(Code.INVALID, f"{first}{more}", errors=errors)


def _told(model: type[BaseModel], error: ValidationError) -> list[FieldError]:
    """One error a field: a union tells of each of its branches, and one of them is enough."""
    found = [_field_error(model, item) for item in error.errors(include_url=False)]
    return list({one.path: one for one in reversed(found)}.values())[::-1]


def _field_error(model: type[BaseModel], item: Mapping[str, Any]) -> FieldError:
    path, node, parent = _walk(_schema_of(model), item["loc"])
    kind = str(item["type"])
    if kind == "extra_forbidden":
        known = sorted(parent.get("properties", ()))
        message = f"is not a field here.{_guess(path[-1], known)}"
        return FieldError(".".join(path), message, ", ".join(known) or "no fields")
    values = [str(value) for value in node.get("enum", ())]
    if kind in _CHOICES and values:
        message = f"is not one of the values here.{_guess(item['input'], values)}"
        return FieldError(".".join(path), message, ", ".join(values))
    return FieldError(
        ".".join(path) or "input", _message(kind, item), allowed_of(node) if path else None
    )


def _guess(word: object, known: Sequence[str]) -> str:
    found = nearest(word, known) if isinstance(word, str) else None
    return f" Did you mean {found!r}?" if found else ""


def _message(kind: str, item: Mapping[str, Any]) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "int_type" and isinstance(item["input"], float):
        return "is not a whole number."
    if kind.endswith(_WRONG_TYPE):
        return f"cannot be {_given(item['input'])}."
    if kind.endswith(_WRONG_FORM):
        return "has the wrong form."
    said = str(item["msg"]).removeprefix("Value error, ").strip()
    return said if said.endswith((".", "?")) else f"{said}."


def _given(value: Any) -> str:
    """What kind of JSON came, in a word; bool goes first, since Python counts it as a number."""
    names = {bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")


@lru_cache(maxsize=512)
def _schema_of(model: type[BaseModel]) -> Json:
    return model.model_json_schema()


def _walk(root: Json, location: Sequence[str | int]) -> tuple[list[str], Json, Json]:
    """The path a caller wrote, the schema at its end, and that of what holds it."""
    path: list[str] = []
    node = parent = plain(root, root)
    for part in location:
        if isinstance(part, str) and "anyOf" in node:
            continue  # pydantic's name for a branch of a union, which nobody wrote
        if part == "[key]":
            return path, plain(root, node.get("propertyNames", {})), parent
        path.append(str(part))
        parent, node = node, plain(root, _below(node, part))
    return path, node, parent


def _below(node: Json, part: str | int) -> Json:
    if isinstance(part, int):
        found = node.get("items", {})
    else:
        found = node.get("properties", {}).get(part, node.get("additionalProperties", {}))
    return found if isinstance(found, dict) else {}


def plain(root: Json, node: Json) -> Json:
    """A schema without references and without null, one level deep."""
    if reference := node.get("$ref"):
        return {**plain(root, root["$defs"][reference.rsplit("/", 1)[-1]]), **node}
    branches = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if len(branches) == 1:
        rest = {name: value for name, value in node.items() if name != "anyOf"}
        return {**plain(root, branches[0]), **rest}
    return {**node, "anyOf": [plain(root, one) for one in branches]} if branches else node


def allowed_of(node: Json) -> str | None:
    """What a schema takes, in words; None where it says nothing."""
    if choices := node.get("enum"):
        return ", ".join(map(str, choices))
    if branches := node.get("anyOf"):
        return " or ".join(filter(None, map(allowed_of, branches))) or None
    describe = {
        "boolean": lambda _: "true or false",
        "integer": lambda one: _number("a whole number", one),
        "number": lambda one: _number("a number", one),
        "string": _text,
        "array": lambda one: _sized("a list", "items", one.get("minItems"), one.get("maxItems")),
        "object": _object,
    }.get(node.get("type", ""))
    return describe(node) if describe else None


def _number(what: str, node: Json) -> str:
    return " ".join([what, *_bounds(node)])


def _bounds(node: Json) -> Iterator[str]:
    words = {
        "exclusiveMinimum": "above",
        "minimum": "from",
        "exclusiveMaximum": "below",
        "maximum": "to" if "minimum" in node else "up to",
    }
    # Ten digits, so that no bound of ours is told as a power of ten.
    yield from (f"{word} {node[name]:.10g}" for name, word in words.items() if name in node)


def _text(node: Json) -> str:
    if known := _FORMATS.get(node.get("format", "")):
        return known
    if pattern := node.get("pattern"):
        return f"text that matches {pattern}"
    return _sized("text", "characters", node.get("minLength"), node.get("maxLength"))


def _sized(what: str, unit: str, least: int | None, most: int | None) -> str:
    if least and most:
        return f"{what} of {least} to {most} {unit}"
    if most:
        return f"{what} of up to {most} {unit}"
    return f"{what} of at least {least} {unit}" if least else what


def _object(node: Json) -> str:
    fields = ", ".join(node.get("properties", ()))
    return f"an object with {fields}" if fields else "an object"

"""Forms of operations: fields with what was entered, and the raw input made from them.

Nothing is validated here: the operation's own model does that, once, behind the door.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson
from django.http import QueryDict

from apps.console import moments
from apps.console.fields import FormField, fields_of
from apps.console.presenters import CHOICES, drivers_of
from apps.fleet.selectors import devices
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, FieldError, invalid
from apps.operations.core import AnyOperation

#: Inputs are prefixed, so that an operation's `reason` and the form's own never meet.
PREFIX: Final = "in."
MOST_CHOICES: Final = 500
#: Numbers as people and browsers write them, short enough to stay one.
NUMBER: Final = re.compile(
    r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,2})?\Z", re.ASCII | re.IGNORECASE
)
WHOLE: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)
#: Fields that name devices, by id; True where they take several.
DEVICE_FIELDS: Final = {"device": False, "devices": True}


def form_of(operation: AnyOperation, actor: Actor) -> list[FormField]:
    """The empty form of an operation; devices are chosen from those the actor may act on."""
    return [with_choices(one, operation, actor) for one in fields_of(operation.input)]


def with_choices(one: FormField, operation: AnyOperation, actor: Actor) -> FormField:
    """A choice where a field names a device or a row that can be listed."""
    if one.name in DEVICE_FIELDS:
        return with_devices(one, operation, actor)
    choices = CHOICES.get((operation.app, one.name))
    options = choices(actor) if choices else ()
    return one.chosen_from(options, several=False) if options else one


def with_devices(one: FormField, operation: AnyOperation, actor: Actor) -> FormField:
    """A choice of devices instead of an id to type."""
    rows = devices(actor, operation.permission)
    if drivers := drivers_of(operation.app):
        rows = rows.filter(driver__in=drivers)
    found = list(rows.values_list("id", "name", "site_path")[: MOST_CHOICES + 1])
    if len(found) > MOST_CHOICES:
        return one
    options = tuple((str(number), f"{name} — {path.strip('/')}") for number, name, path in found)
    return one.chosen_from(options, several=DEVICE_FIELDS[one.name])


def prefilled(fields: Iterable[FormField], given: Mapping[str, Any]) -> list[FormField]:
    """The form with values from an address such as `?device=…`."""
    return [
        one.filled(_fitting(one, given[one.name])) if given.get(one.name) else one for one in fields
    ]


def _fitting(one: FormField, value: Any) -> Any:
    """Several values where a field shows one a line, an instant in the reader's zone."""
    if one.widget == "moment":
        return _local(one.name, value)
    if one.widget == "lines" and isinstance(value, list):
        return "\n".join(str(line) for line in value)
    return value


def _local(name: str, value: Any) -> str:
    """An instant as its field shows it; nothing where an address brought none."""
    try:
        return moments.local(moments.moment(name, str(value)))
    except Failure:
        return ""


def refilled(fields: Iterable[FormField], post: QueryDict) -> list[FormField]:
    """The form as somebody sent it; no secrets."""
    return [one.filled(_again(one, post)) for one in fields]


def entered(fields: Iterable[FormField], post: QueryDict, failure: Failure) -> list[FormField]:
    """The form as somebody sent it, with what is wrong beside each field; no secrets."""
    wrong = {error.path.split(".")[0]: spoken(error) for error in failure.errors}
    return [one.filled(_again(one, post), wrong.get(one.name, "")) for one in fields]


def spoken(error: FieldError) -> str:
    """What is wrong and what would be right, in one line."""
    return f"{error.message} Allowed: {error.allowed}." if error.allowed else error.message


def _again(one: FormField, post: QueryDict) -> Any:
    if one.hidden:
        return ""
    name = PREFIX + one.name
    if one.several:
        return post.getlist(name)
    return name in post if one.widget == "checkbox" else _text(one, post)


def _text(one: FormField, post: QueryDict) -> str:
    """What was typed; where a page offers lines as boxes to tick, each ticked one is a line."""
    name = PREFIX + one.name
    return "\n".join(post.getlist(name)) if one.widget == "lines" else post.get(name, "")


def raw_input(fields: Iterable[FormField], post: QueryDict) -> dict[str, Any]:
    """What was entered, as the operation's raw input; empty optional fields are left out.

    Raises `invalid` for text that is not the JSON its field asks for.
    """
    found: dict[str, Any] = {}
    for one in fields:
        name = PREFIX + one.name
        if one.widget == "checkbox":
            found[one.name] = name in post
        elif one.several:
            found[one.name] = [value for value in post.getlist(name) if value]
        elif text := _text(one, post).strip():
            found[one.name] = _value(one, text)
        elif one.required and one.widget in ("text", "password"):
            found[one.name] = ""
    return found


def _value(one: FormField, text: str) -> Any:
    if one.widget == "lines":
        return [literal(line.strip(), one.types) for line in text.splitlines() if line.strip()]
    if one.widget == "moment":
        found = moments.moment(one.name, text)
        return found.isoformat() if found else ""
    if one.widget == "json":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise invalid(one.name, f"is not JSON: {error}.") from None
    return literal(text, one.types)


def literal(text: str, types: tuple[str, ...]) -> Any:
    """A number or true/false where the field may be one, else the text itself.

    A form knows only text, and the door behind it does not guess.
    """
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if not {"number", "integer"} & set(types) or not NUMBER.match(text):
        return text
    if "number" not in types or WHOLE.match(text):
        value = Decimal(text)
        return int(value) if value == value.to_integral_value() else text
    return float(text)

"""From an operation's input model to the fields of a form, by way of its JSON schema."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

Schema = dict[str, Any]

#: Widgets of plain JSON types.
_WIDGETS: Final = {"string": "text", "integer": "number", "number": "number", "boolean": "checkbox"}
_ATTRIBUTES: Final = {
    "minLength": "minlength",
    "maxLength": "maxlength",
    "minimum": "min",
    "maximum": "max",
    "pattern": "pattern",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. `widget` is text, number, checkbox, choice, password, moment, lines, literal or
    json.

    `value` is what the form shows; `types` are the JSON types it may turn into, of lines each.
    What is `hidden` has a secret somewhere in it, and is not shown again.
    """

    name: str
    label: str
    widget: str
    required: bool
    help: str = ""
    value: Any = ""
    types: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    several: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    hidden: bool = False

    def filled(self, value: Any, error: str = "") -> "FormField":
        """The same field with what somebody entered, and what is wrong with it.

        What was ticked in a long list comes first, so that it can be looked over.
        """
        options = self.options
        if self.several:
            options = tuple(sorted(options, key=lambda one: one[0] not in value))
        return replace(self, value=value, error=error, options=options)

    def chosen_from(self, options: tuple[tuple[str, str], ...], *, several: bool) -> "FormField":
        """The same field as a choice of known things; what leaving it out means is still said."""
        said = "" if self.required else self.help
        return replace(
            self, widget="choice", options=options, several=several, attributes={}, help=said
        )


def fields_of(model: type[BaseModel]) -> list[FormField]:
    """The fields of a model, in its order."""
    schema = model.model_json_schema()
    required = frozenset(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    return [
        replace(
            _field(name, resolved(part, definitions), name in required),
            hidden=_hides(part, definitions),
        )
        for name, part in schema.get("properties", {}).items()
    ]


def resolved(part: Schema, definitions: Schema) -> Schema:
    """A property without references, one level deep; its own words win over the referred."""
    if reference := part.get("$ref"):
        return {**definitions[reference.rsplit("/", 1)[-1]], **part}
    if choices := part.get("anyOf"):
        return {**part, "anyOf": [resolved(choice, definitions) for choice in choices]}
    if len(parents := part.get("allOf", ())) == 1:
        return {**resolved(parents[0], definitions), **part}
    return part


def _hides(part: Any, definitions: Schema, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a secret is anywhere in what the schema describes."""
    if isinstance(part, list):
        return any(_hides(one, definitions, seen) for one in part)
    if not isinstance(part, dict):
        return False
    if part.get("format") == "password":
        return True
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen and _hides(definitions[name], definitions, seen | {name}):
        return True
    return any(_hides(one, definitions, seen) for one in part.values())


def _field(name: str, schema: Schema, required: bool) -> FormField:
    kinds = _kinds(schema)
    first = kinds[0] if kinds else {}
    widget = _widget(kinds, optional="anyOf" in schema and len(kinds) == 1)
    return FormField(
        name=name,
        label=name.replace("_", " ").capitalize(),
        widget=widget,
        required=required,
        help=str(schema.get("description", first.get("description", ""))),
        value=_shown(widget, schema.get("default")),
        types=_named(_kinds(first["items"]) if widget == "lines" else kinds),
        options=_options(first, widget),
        attributes=_attributes(first, widget) if len(kinds) == 1 else {},
    )


def _kinds(schema: Schema) -> list[Schema]:
    return [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]


def _named(kinds: list[Schema]) -> tuple[str, ...]:
    return tuple(str(one.get("type", "")) for one in kinds)


def _widget(kinds: list[Schema], *, optional: bool) -> str:
    if len(kinds) != 1:
        return "literal" if _are_plain(kinds) else "json"
    kind = kinds[0]
    if "enum" in kind or "const" in kind or (optional and kind.get("type") == "boolean"):
        return "choice"
    if kind.get("format") == "password":
        return "password"
    if kind.get("format") == "date-time":
        return "moment"
    if kind.get("type") == "array" and _fits_a_line(_kinds(kind.get("items", {}))):
        return "lines"
    return _WIDGETS.get(str(kind.get("type")), "json")


def _are_plain(kinds: list[Schema]) -> bool:
    return bool(kinds) and all(one.get("type") in _WIDGETS for one in kinds)


def _fits_a_line(kinds: list[Schema]) -> bool:
    """Whether items are texts, or may be: such as numbers or names."""
    return _are_plain(kinds) and any(one.get("type") == "string" for one in kinds)


def _options(kind: Schema, widget: str) -> tuple[tuple[str, str], ...]:
    if widget != "choice":
        return ()
    if kind.get("type") == "boolean":
        return (("true", "Yes"), ("false", "No"))
    values = kind.get("enum") or [kind["const"]]
    return tuple((str(value), str(value).replace("_", " ")) for value in values)


def _attributes(kind: Schema, widget: str) -> dict[str, Any]:
    if widget not in ("text", "number", "password"):
        return {}
    found = {html: kind[name] for name, html in _ATTRIBUTES.items() if name in kind}
    if widget == "number":
        found["step"] = 1 if kind.get("type") == "integer" else "any"
    return found


def _shown(widget: str, value: Any) -> Any:
    if value is None or value in ({}, []):
        return ""
    if widget == "choice" and isinstance(value, bool):
        return str(value).lower()
    return "\n".join(value) if widget == "lines" and isinstance(value, list) else value

"""Checks plain data against the shape of a design, and says what would have been right."""

from __future__ import annotations

import re
from typing import Any, Final, get_args

import msgspec

from apps.qsys.simulator.designs.errors import DesignError, choice
from apps.qsys.simulator.designs.reading import Document
from apps.qsys.simulator.designs.shapes import (
    KINDS,
    ControlShape,
    ControlType,
    DesignShape,
    Direction,
    Meter,
    NamedShape,
)

_PLACE: Final = re.compile(r"^(.*?)(?: - at `(.+)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"unknown field `(.+)`")
_GIVEN: Final = re.compile(r"value '(.*)'", re.DOTALL)
_COMPONENT: Final = re.compile(r"^\$\.components\[(\d+)\]$")
_SHAPES: Final[dict[str, type[msgspec.Struct]]] = {
    r"^\$$": DesignShape,
    r"\.controls\[\d+\]$": ControlShape,
    r"\.meter$": Meter,
    r"^\$\.named\[\d+\]$": NamedShape,
}
_WORDS: Final = {"kind": tuple(KINDS), "type": get_args(ControlType)}


def checked(document: Document) -> DesignShape:
    """The design a document describes; raises DesignError for the first thing that is wrong."""
    try:
        return msgspec.convert(document.data, DesignShape)
    except msgspec.ValidationError as error:
        raise _explained(document, str(error)) from None


def _explained(document: Document, message: str) -> DesignError:
    words, path = _PLACE.match(message).groups()  # type: ignore[union-attr]  # matches anything
    path = path or "$"
    unknown = _UNKNOWN.search(words)
    if unknown is not None:
        shape = _shape_at(document, path)
        told = f"'{unknown[1]}' is not known here; {choice(unknown[1], shape.__struct_fields__)}"
        return document.fail(told, f"{path}.{unknown[1]}")
    given = _GIVEN.search(words)
    allowed_words = _words_at(path)
    if given is not None and allowed_words:
        return document.fail(f"'{given[1]}' is none; {choice(given[1], allowed_words)}", path)
    return document.fail(words, path)


def _words_at(path: str) -> tuple[str, ...]:
    member = path.rpartition(".")[2]
    return get_args(Direction) if member == "direction" else _WORDS.get(member, ())


def _shape_at(document: Document, path: str) -> type[msgspec.Struct]:
    component = _COMPONENT.match(path)
    if component is not None:
        kind: Any = document.data["components"][int(component[1])].get("kind")
        return KINDS[kind]
    return next(shape for form, shape in _SHAPES.items() if re.search(form, path))

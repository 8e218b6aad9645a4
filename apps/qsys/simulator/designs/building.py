"""Makes the design that a file describes; what repeats is built once and shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from apps.qsys.simulator.designs.errors import DesignError, choice
from apps.qsys.simulator.designs.reading import Document
from apps.qsys.simulator.designs.repeating import expanded, stands_for
from apps.qsys.simulator.designs.shapes import (
    MOST_CONTROLS,
    ControlShape,
    DesignShape,
    Kind,
    NamedShape,
)
from apps.qsys.simulator.rendering import clamp
from apps.qsys.simulator.spec import ComponentSpec, ControlSpec, DesignSpec


class Builder:
    """One file on its way to a design. Counts before it makes: memory is bounded by the limit."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._controls = 0

    def build(self, shape: DesignShape) -> DesignSpec:
        """The design; raises DesignError."""
        components = self._components(shape)
        return DesignSpec(
            shape.design,
            tuple(components.values()),
            self._named(shape.named, components),
            platform="Emulator" if shape.emulator else shape.platform,
            emulator=shape.emulator,
            media=shape.media,
        )

    # -- components

    def _components(self, shape: DesignShape) -> dict[str, ComponentSpec]:
        found: dict[str, ComponentSpec] = {}
        for number, kind in enumerate(shape.components):
            path = f"$.components[{number}]"
            for one in self._repeated(kind, path):
                if one.name in found:
                    raise self._fail(f"there are two components '{one.name}'", path, "name")
                found[one.name] = one
        return found

    def _repeated(self, kind: Kind, path: str) -> Iterator[ComponentSpec]:
        repeats = self._times(kind.name, kind.count, path)
        template = kind.build()
        extra = self._extra(kind.controls, f"{path}.controls", repeats, len(template.controls))
        controls = (*template.controls, *extra)
        twice = [name for name, times in Counter(one.name for one in controls).items() if times > 1]
        if twice:
            raise self._fail(f"there are two controls '{twice[0]}'", path, "controls")
        numbers = template.numbers if kind.numbers is None else kind.numbers
        made = msgspec.structs.replace(
            template, controls=controls, exposed=kind.exposed, numbers=numbers
        )
        names = self._names(kind.name, kind.count, path)
        return (msgspec.structs.replace(made, name=name) for name in names)

    # -- controls

    def _extra(
        self, shapes: list[ControlShape], path: str, times: int, there: int
    ) -> tuple[ControlSpec, ...]:
        """The listed controls of one component, of which there will be `times`."""
        sizes = [self._times(one.name, one.count, f"{path}[{n}]") for n, one in enumerate(shapes)]
        # A component without a control takes its room, too.
        self._controls += times * max(1, there + sum(sizes))
        if self._controls > MOST_CONTROLS:
            words = f"{self._controls} controls up to here; a Core has at most {MOST_CONTROLS}"
            raise self._document.fail(words, path.removesuffix(".controls"))
        return tuple(
            spec for n, one in enumerate(shapes) for spec in self._each(one, f"{path}[{n}]")
        )

    def _each(self, shape: ControlShape, path: str) -> Iterator[ControlSpec]:
        spec = self._control(shape, path)
        names = self._names(shape.name, shape.count, path)
        return (msgspec.structs.replace(spec, name=name) for name in names)

    def _control(self, shape: ControlShape, path: str) -> ControlSpec:
        if shape.min > shape.max:
            raise self._fail(f"min {shape.min:g} lies above max {shape.max:g}", path, "min")
        value = float(shape.value)
        if shape.type not in ("Text", "Trigger", "State Trigger") and not (
            shape.min <= value <= shape.max
        ):
            words = f"{value:g} lies outside {shape.min:g} to {shape.max:g}"
            raise self._fail(words, path, "value")
        labels = shape.labels
        if shape.type == "Boolean" and len(labels) != 2:
            if labels:
                raise self._fail("a Boolean has two labels, for false and true", path, "labels")
            labels = ("no", "yes")
        spec = ControlSpec(
            shape.name, shape.type, shape.min, shape.max, value, shape.text, shape.unit, labels,
            shape.choices, shape.direction, shape.legend,
            None if shape.meter is None else shape.meter.spec(),
        )  # fmt: skip
        return msgspec.structs.replace(spec, value=clamp(spec, value))

    # -- named controls

    def _named(
        self, shapes: list[NamedShape], components: dict[str, ComponentSpec]
    ) -> dict[str, tuple[str, str]]:
        controls = {name: {one.name for one in spec.controls} for name, spec in components.items()}
        found: dict[str, tuple[str, str]] = {}
        for number, shape in enumerate(shapes):
            path = f"$.named[{number}]"
            for name, component in self._pairs(shape, path):
                if component not in controls:
                    words = f"no component '{component}'; {_some(component, list(controls))}"
                    raise self._fail(words, path, "component")
                if shape.control not in controls[component]:
                    there = list(controls[component])
                    words = f"'{component}' has no '{shape.control}'; {_some(shape.control, there)}"
                    raise self._fail(words, path, "control")
                if name in found:
                    raise self._fail(f"there are two named controls '{name}'", path, "name")
                found[name] = (component, shape.control)
        return found

    def _pairs(self, shape: NamedShape, path: str) -> list[tuple[str, str]]:
        wanted = self._times(shape.name, shape.count, path)
        others = self._times(shape.component, shape.count, path, "component")
        if wanted != others or wanted > MOST_CONTROLS:
            words = f"stands for {wanted} names, component for {others}; they run together"
            raise self._fail(words, path, "name")
        names = self._names(shape.name, shape.count, path)
        return list(zip(names, expanded(shape.component, shape.count), strict=True))

    # -- names

    def _times(self, name: str, count: int, path: str, member: str = "name") -> int:
        try:
            return stands_for(name, count)
        except ValueError as error:
            raise self._fail(str(error), path, member) from None

    def _names(self, name: str, count: int, path: str) -> list[str]:
        try:
            names = expanded(name, count)
        except ValueError as error:
            raise self._fail(str(error), path, "name") from None
        return names

    def _fail(self, words: str, path: str, member: str) -> DesignError:
        return self._document.fail(words, f"{path}.{member}")


def _some(given: str, there: list[str]) -> str:
    """The nearest of what may be thousands."""
    return choice(given, there) if len(there) <= 20 else choice(given, there[:20])

"""Reads YAML as plain data and remembers the line of each value; refuses what could grow."""

from __future__ import annotations

import math
from typing import Any, Final

import yaml

from apps.qsys.simulator.designs.errors import DesignError

LARGEST_FILE: Final = 256 * 1024
DEEPEST: Final = 12
_PLAIN: Final = {
    f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null")
}


class Document:
    """Plain data, and the line of each value by its path, as in `$.components[3].name`."""

    def __init__(self, source: str, text: str) -> None:
        """Raises DesignError for what is no YAML, too large, or says the same thing twice."""
        self.source = source
        self.lines: dict[str, int] = {}
        self._values = yaml.constructor.SafeConstructor()
        try:
            _require_small(source, text)
            root = yaml.compose(text, yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            words = getattr(error, "problem", None) or str(error)
            line = mark.line + 1 if mark else 0
            raise DesignError(f"no YAML: {words}", source=source, line=line) from error
        self.data: Any = self._read(root, "$") if root is not None else None

    def fail(self, words: str, path: str) -> DesignError:
        """An error at a path, with the line of the nearest value that has one."""
        place = path
        while place not in self.lines and place != "$":
            place = _parent(place)
        shown = path.removeprefix("$").removeprefix(".")
        return DesignError(words, source=self.source, line=self.lines.get(place, 0), path=shown)

    def _read(self, node: yaml.Node, path: str) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(one, f"{path}[{n}]") for n, one in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise DesignError("a name must stand before ':'", source=self.source, line=line)
            if key.value in found:
                words = f"'{key.value}' stands here twice"
                raise DesignError(words, source=self.source, line=line)
            found[key.value] = self._read(value, f"{path}.{key.value}")
        return found

    def _scalar(self, node: yaml.Node, path: str) -> Any:
        kind = _PLAIN.get(node.tag)
        if kind is None:
            words = f"'{node.value}' is read as {node.tag.rpartition(':')[2]}: put it in quotes"
            raise self.fail(words, path)
        try:
            value = getattr(self._values, f"construct_yaml_{kind}")(node)
        except ValueError:
            raise self.fail(f"'{node.value}' is no number", path) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self.fail("a finite number is needed", path)
        return value


def _require_small(source: str, text: str) -> None:
    """What makes a short file long (aliases), a stack deep, or a reader slow, is not read."""
    if len(text) > LARGEST_FILE:
        words = f"larger than {LARGEST_FILE // 1024} KiB: use count and ranges"
        raise DesignError(words, source=source)
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            words = "aliases are not read: use count and ranges"
            raise DesignError(words, source=source, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise DesignError(f"nested deeper than {DEEPEST} levels", source=source, line=line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["), 1)]

"""What docker/ says, read as data: services, stages, and the environment of the image."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from apps.ops.launcher.state import CHECKOUT

DOCKER = CHECKOUT / "docker"


@cache
def compose() -> dict[str, Any]:
    """compose.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return loaded


def dockerfile() -> str:
    """The Dockerfile, each instruction on one line."""
    return (DOCKER / "Dockerfile").read_text().replace("\\\n", " ")


@dataclass(frozen=True)
class Stage:
    """The instructions of one `FROM`, as (name, rest of the line)."""

    lines: tuple[tuple[str, str], ...]

    def every(self, name: str) -> list[str]:
        return [rest for found, rest in self.lines if found == name]

    @property
    def copied(self) -> list[str]:
        """What it takes from the checkout."""
        sources = [one for one in self.every("COPY") if not one.startswith("--from")]
        return [name for one in sources for name in one.split()[:-1]]

    @property
    def environ(self) -> dict[str, str]:
        """Its ENV, with PATH before the system's."""
        pairs = [pair.split("=", 1) for line in self.every("ENV") for pair in line.split()]
        return {name: value.replace("$PATH", "/usr/bin:/bin") for name, value in pairs}

    @property
    def user(self) -> int:
        return int(self.every("USER")[-1].split(":")[0])

    @property
    def healthcheck(self) -> list[str]:
        (line,) = self.every("HEALTHCHECK")
        found: list[str] = json.loads(line.rpartition("CMD ")[2])
        return found


@cache
def stages() -> dict[str, Stage]:
    """The stages by name; the one that runs has none and is called `final`."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in dockerfile().splitlines():
        words = re.fullmatch(r"([A-Z]+) +(.*)", line)
        if not words:
            continue
        if words[1] == "FROM":
            name = words[2].partition(" AS ")[2] or "final"
        found.setdefault(name, []).append((words[1], words[2].strip()))
    return {name: Stage(tuple(lines)) for name, lines in found.items()}


def filled(text: str) -> str:
    """A value of compose.yaml where no variable is set: each `${NAME:-default}` is its default."""
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", text)

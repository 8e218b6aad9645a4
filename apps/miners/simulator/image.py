"""Firmware images for simulated miners: a readable first line, then padding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"BOS-FIRMWARE "
DEFAULT_PLATFORM = "AM3_AML"
DEFAULT_MODELS = ("Antminer S19J Pro",)

# A first line longer than this is not one of ours.
_HEADER_LIMIT = 4096
_PADDING = bytes(range(256)) * 16


class NotAnImage(ValueError):  # noqa: N818 - says what is wrong
    """The bytes are not a firmware image of the simulator."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image says about itself."""

    version: str
    platform: str
    models: tuple[str, ...]


def build_image(
    version: str,
    *,
    platform: str = DEFAULT_PLATFORM,
    models: Sequence[str] = DEFAULT_MODELS,
    size: int = 1 << 20,
) -> bytes:
    """An image of exactly `size` bytes; equal arguments give equal bytes."""
    header = json.dumps({"version": version, "platform": platform, "models": list(models)})
    line = MAGIC + header.encode() + b"\n"
    if size < len(line):
        raise ValueError(f"An image of {version} needs at least {len(line)} bytes, not {size}.")
    missing = size - len(line)
    return line + (_PADDING * (missing // len(_PADDING) + 1))[:missing]


def read_header(image: bytes) -> ImageHeader:
    """What the first line says; raises NotAnImage when there is no such line."""
    line, newline, _ = image[:_HEADER_LIMIT].partition(b"\n")
    if not newline or not line.startswith(MAGIC):
        raise NotAnImage("the image does not begin with a firmware header")
    try:
        fields = json.loads(line[len(MAGIC) :])
        version, platform = str(fields["version"]), str(fields["platform"])
        return ImageHeader(version, platform, tuple(str(model) for model in fields["models"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnImage("the firmware header cannot be read") from error

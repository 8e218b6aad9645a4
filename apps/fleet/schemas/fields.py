"""Members that the inputs of several operations share, and what each takes."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("has no control characters, and no space at its ends")
    return text


def _plain_mac(text: str) -> str:
    digits = text.lower().replace(":", "").replace("-", "").replace(".", "")
    if text and (len(digits) != 12 or not set(digits) <= set("0123456789abcdef")):
        raise ValueError("is six bytes in hex, such as 00:60:74:0a:0b:0c")
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


Printable = AfterValidator(_printable)
Name = Annotated[str, Field(min_length=1, max_length=100), Printable]
Word = Annotated[str, Field(max_length=100), Printable]
CircuitName = Annotated[str, Field(max_length=60), Printable]
Slot = Annotated[str, Field(max_length=20), Printable]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,49}$")]
Mac = Annotated[str, Field(max_length=17), AfterValidator(_plain_mac)]
SitePath = Annotated[str, Field(pattern=r"^/([a-z0-9_-]{1,40}/)+$", max_length=300)]
StopPath = Annotated[
    str,
    Field(
        pattern=r"^/([a-z0-9_-]{1,40}/)*$",
        max_length=300,
        description="Path of a place; / is the whole tenant.",
    ),
]
Port = Annotated[int, Field(ge=1, le=65535)]
PortName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Ports = Annotated[dict[PortName, Port], Field(max_length=8)]
Address = Annotated[str, Field(min_length=1, max_length=253), Printable]
DeviceName = Annotated[
    str, Field(min_length=1, max_length=100, description="The device's id, or its name.")
]

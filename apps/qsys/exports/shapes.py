"""What the columns of an exported file are."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from apps.qsys.models import ExportContent

Kind = Literal["time", "text", "number", "whole"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers are in the control's own unit, times in UTC."""

    name: str
    kind: Kind


def _columns(**kinds: Kind) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in kinds.items())


COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    ExportContent.EVENTS: _columns(
        at="time",
        component="text",
        control="text",
        value="number",
        string="text",
        position="number",
        previous="number",
        previous_string="text",
        cause="text",
        actor="text",
        call_id="text",
        design_code="text",
    ),
    ExportContent.SECONDS: _columns(
        at="time",
        component="text",
        control="text",
        samples="whole",
        minimum="number",
        maximum="number",
        mean="number",
        last="number",
    ),
    ExportContent.SAMPLES: _columns(at="time", component="text", control="text", value="number"),
}

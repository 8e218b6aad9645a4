"""Inputs and outputs of the operations on exported files."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.operations.core import Schema
from apps.qsys.schemas.fields import DEVICE, Patterns, patterns

EXPORT = Field(description="Id of the export.")


class QsysExportCreateIn(Schema):
    """What is to be in the file, and of when."""

    device: str = DEVICE
    content: Literal["events", "seconds", "samples"] = Field(
        default="events",
        description="events: changes. seconds: figures a second of meters. samples: each of them.",
    )
    format: Literal["csv", "parquet"] = Field(default="csv", description="csv or parquet.")
    since: AwareDatetime | None = Field(
        default=None, description="From then; left out: so many hours before the end."
    )
    until: AwareDatetime | None = Field(default=None, description="Before then; left out: now.")
    hours: int = Field(
        default=24, ge=1, le=9_600, description="Length in hours where since is left out."
    )
    components: Patterns = patterns("Code Names")
    controls: Patterns = patterns("control names")


class QsysExportOut(Schema):
    """A file that is whole, and where it is fetched."""

    export: UUID = EXPORT
    device: UUID = Field(description="Id of the Core.")
    name: str = Field(description="Name of the file.")
    rows: int = Field(description="How many rows it has.")
    size: int = Field(description="Its bytes.")
    sha256: str = Field(description="Their SHA-256.")
    url: str = Field(description="Path where it is fetched by GET, with the same credential.")
    expires_at: AwareDatetime = Field(description="When it is deleted.")


class QsysExportDownloadIn(Schema):
    """Which export."""

    export: UUID = EXPORT


class QsysExportDeleteIn(Schema):
    """Which export."""

    export: UUID = EXPORT


class QsysExportDeleteOut(Schema):
    """That it is gone."""

    export: UUID = EXPORT
    name: str = Field(description="Name of the file.")

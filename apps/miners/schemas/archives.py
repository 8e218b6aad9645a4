"""Inputs and outputs of the operations on support archives."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

ARCHIVE = Field(description="Id of the archive.")


class MinersArchiveFetchIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersArchiveOut(Schema):
    """A file that is whole, and where it is fetched."""

    archive: UUID = ARCHIVE
    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Name of the file, a zip.")
    firmware: str = Field(description="Firmware that packed it.")
    size: int = Field(description="Its bytes.")
    sha256: str = Field(description="Their SHA-256.")
    url: str = Field(description="Path where it is fetched by GET, with the same credential.")
    expires_at: AwareDatetime = Field(description="When it is deleted.")


class MinersArchiveDownloadIn(Schema):
    """Which archive."""

    archive: UUID = ARCHIVE


class MinersArchiveDeleteIn(Schema):
    """Which archive."""

    archive: UUID = ARCHIVE


class MinersArchiveDeleteOut(Schema):
    """That it is gone."""

    archive: UUID = ARCHIVE
    name: str = Field(description="Name of the file.")

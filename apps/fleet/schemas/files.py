"""Inputs and outputs of the import and export of devices."""

from typing import Annotated

from pydantic import Field

from apps.operations.core import Schema


class FleetDeviceImportIn(Schema):
    """A CSV text with a heading line, as `fleet.device.export` writes it.

    With `valid_only` rows that cannot be taken are left out; without it they stop the import.
    With `update` rows of registered devices change them; without it such rows are wrong.
    """

    csv: Annotated[str, Field(min_length=1, max_length=1_000_000)] = Field(
        description="CSV with a heading line, as fleet.device.export writes it."
    )
    valid_only: bool = Field(
        default=False, description="True: leave wrong rows out. False: a wrong row stops all."
    )
    update: bool = Field(
        default=False,
        description="True: a registered device becomes as its row says, empty cells too.",
    )


class FleetImportRow(Schema):
    """What becomes of one row: `create`, `change`, `unchanged`, or `refused` with the reason."""

    line: int = Field(description="Line of the row; the heading is 1.")
    name: str = Field(description="Name of the device.")
    verdict: str = Field(description="create, change, unchanged or refused.")
    reason: str = Field(default="", description="Why it is refused; else empty.")


class FleetDeviceImportOut(Schema):
    """Every row's verdict, and how many devices were registered and changed."""

    created: int = Field(description="How many devices were registered.")
    changed: int = Field(description="How many registered devices were changed.")
    rows: list[FleetImportRow] = Field(description="What becomes of each row.")


class FleetDeviceExportIn(Schema):
    """`site` limits the export to a subtree."""

    site: Annotated[str, Field(max_length=300)] = Field(
        default="", description="Path of a place, with all under it; empty: everywhere."
    )


class FleetDeviceExportOut(Schema):
    """The devices as CSV; cells that a spreadsheet would run begin with an apostrophe."""

    csv: str = Field(description="The devices, with a heading line.")
    devices: int = Field(description="How many there are.")

"""Inputs and outputs of the operations on power circuits."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from apps.fleet.schemas.fields import CircuitName, SitePath, Word
from apps.operations.core import Schema

#: A transformer's worth; more is a slip of the hand.
MOST_WATTS = 10_000_000


class FleetCircuitSaveIn(Schema):
    """A circuit to make, or to change where the place has one of that name."""

    name: Annotated[
        CircuitName, Field(min_length=1, description="Its name, as devices carry it in circuit.")
    ]
    site: SitePath = Field(description="Path of the place whose people look after it.")
    limit_watts: int = Field(
        ge=1, le=MOST_WATTS, description="Watts that its devices together may draw for long."
    )
    note: Word = Field(default="", description="What helps to find it, such as its breaker.")


class FleetCircuit(Schema):
    """A circuit with its limit."""

    circuit: UUID = Field(description="Id of the circuit.")
    name: str = Field(description="Its name, as devices carry it.")
    site: str = Field(description="Path of the place whose people look after it.")
    limit_watts: int = Field(description="Watts that its devices together may draw for long.")
    note: str = Field(description="What helps to find it.")
    saved_by: str = Field(description="Who saved it last.")
    devices: int = Field(description="Devices in operation on it that you may see.")


class FleetCircuitDeleteIn(Schema):
    """Which circuit has no limit any more."""

    circuit: UUID = Field(description="Id of the circuit, as fleet.circuit.list shows it.")


class FleetCircuitDeleteOut(Schema):
    """The circuit without a limit; its devices still carry its name."""

    circuit: UUID = Field(description="Id that it had.")
    name: str = Field(description="Its name.")


class FleetCircuitListIn(Schema):
    """Nothing is needed."""


class FleetCircuitListOut(Schema):
    """The circuits that the caller may see."""

    circuits: list[FleetCircuit] = Field(description="By place and name.")

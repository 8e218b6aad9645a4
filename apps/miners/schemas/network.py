"""Inputs and outputs for a miner's place in the network."""

from ipaddress import IPv4Address, IPv4Interface
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

CIDR = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"
IPV4 = r"^\d{1,3}(\.\d{1,3}){3}$"


class MinersNetworkSetIn(Schema):
    """Where which miner is to be found. Give `address` and `gateway`, or `dhcp`."""

    device: str = DEVICE
    dhcp: bool = Field(default=False, description="True: the network gives the address.")
    address: str | None = Field(
        default=None, pattern=CIDR, description="Fixed address with its mask, as 10.0.0.7/24."
    )
    gateway: str | None = Field(default=None, pattern=IPV4, description="Gateway, as 10.0.0.1.")
    dns: list[Annotated[str, Field(pattern=IPV4)]] = Field(
        default=[], max_length=3, description="Name servers; none: the gateway is asked."
    )
    hostname: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
        description="Name it gives itself; null: as it is.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.dhcp == (self.address is not None):
            raise ValueError("give an address with its gateway, or dhcp")
        if (self.address is None) != (self.gateway is None):
            raise ValueError("an address needs its gateway, and dhcp brings its own")
        if self.address is not None and self.gateway is not None:
            _require_fit(self.address, self.gateway)
        for server in self.dns:
            IPv4Address(server)
        return self


def _require_fit(address: str, gateway: str) -> None:
    own, way = IPv4Interface(address), IPv4Address(gateway)
    if way not in own.network or way == own.ip:
        raise ValueError(f"the gateway must be another address of {own.network}")


class MinersNetwork(Schema):
    """A miner's place in the network."""

    dhcp: bool = Field(description="Whether the network gives the address.")
    address: str | None = Field(description="Fixed address with its mask; null: by DHCP.")
    gateway: str | None = Field(description="Gateway; null: by DHCP.")
    dns: list[str] = Field(description="Name servers.")
    hostname: str = Field(description="Name it gives itself.")


class MinersNetworkSetOut(Schema):
    """Where it was and is, proven by its hardware address."""

    device: UUID = Field(description="Id of the miner.")
    before: MinersNetwork = Field(description="As it was.")
    after: MinersNetwork = Field(description="As it is now, read back where it is found.")
    found_at: str = Field(description="Address at which it answers now.")
    mac: str = Field(description="Hardware address by which it was known again.")
    confirmed: bool = Field(description="Whether that is what was asked for.")

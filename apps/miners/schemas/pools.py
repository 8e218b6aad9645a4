"""Inputs and outputs for mining pools and their templates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, SecretStr, model_validator

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

URL = r"^stratum2?\+(tcp|ssl)://[A-Za-z0-9._:\[\]-]+(/\S*)?$"
NAME = Field(min_length=1, max_length=100, description="Name of the template.")


class MinersPoolIn(Schema):
    """One pool."""

    url: str = Field(
        pattern=URL, max_length=300, description="Such as stratum+tcp://pool.example.com:3333."
    )
    user: str = Field(
        min_length=1,
        max_length=200,
        description="Account and worker; {name} {mac} {serial} {ip} {site} {model} are filled in.",
    )
    enabled: bool = Field(default=True, description="Whether it is used.")


class MinersKeptPoolIn(MinersPoolIn):
    """One pool of a template, which alone takes a password: it is sealed, and never a schedule's
    or an assistant's to say."""

    password: Annotated[SecretStr, Field(max_length=200)] = Field(
        default=SecretStr(""), description="Password of the worker; most pools take any."
    )


class MinersPoolGroupIn(Schema):
    """Pools in order of fail-over; the share of the work is a quota or a ratio."""

    name: str = Field(default="default", min_length=1, max_length=60, description="Its name.")
    pools: Sequence[MinersPoolIn] = Field(
        min_length=1, max_length=10, description="The pools, the one to use first at the front."
    )
    quota: int | None = Field(
        default=None, ge=1, le=10_000, description="Parts of the work; null with a ratio, else 1."
    )
    ratio: float | None = Field(
        default=None, gt=0, le=1, description="Share of the work, 0 to 1; null with a quota."
    )

    @model_validator(mode="after")
    def _one_share(self) -> Self:
        if self.quota is not None and self.ratio is not None:
            raise ValueError("give quota or ratio, and not both")
        return self


class MinersKeptPoolGroupIn(MinersPoolGroupIn):
    """Such a group of a template."""

    pools: Sequence[MinersKeptPoolIn] = Field(
        min_length=1, max_length=10, description="The pools, the one to use first at the front."
    )


Groups = Annotated[list[MinersPoolGroupIn], Field(min_length=1, max_length=5)]
KeptGroups = Annotated[list[MinersKeptPoolGroupIn], Field(min_length=1, max_length=5)]


class MinersPoolsSetIn(Schema):
    """All pools of which miner: by a template, written out, or as they were before a call."""

    device: str = DEVICE
    template: str | None = Field(
        default=None, max_length=100, description="Name of a template; null: another way."
    )
    groups: Groups | None = Field(
        default=None, description="All groups, written out; null: another way."
    )
    as_before: UUID | None = Field(
        default=None, description="Pools of this miner before that call; null: another way."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [one for one in (self.template, self.groups, self.as_before) if one is not None]
        if len(given) != 1:
            raise ValueError("give template, groups or as_before, and only one of them")
        return self


class MinersPoolState(Schema):
    """A pool as the miner has it."""

    group: str = Field(description="Name of its group.")
    url: str = Field(description="Its address.")
    user: str = Field(description="Account and worker, filled in.")
    enabled: bool = Field(description="Whether it is used.")
    alive: bool = Field(description="Whether the miner reaches it.")
    active: bool = Field(description="Whether work comes from it now.")
    accepted: int = Field(description="Shares it accepted.")
    rejected: int = Field(description="Shares it rejected.")


class MinersPoolsSetOut(Schema):
    """The pools before and after, as read back from the miner."""

    device: UUID = Field(description="Id of the miner.")
    change: UUID = Field(description="Call that made it; as_before takes it back.")
    before: list[str] = Field(description="Pools before, as user at address.")
    after: list[str] = Field(description="Pools now, as user at address.")
    confirmed: bool = Field(description="Whether they are as asked for.")
    working: bool = Field(description="Whether each group has a pool that is alive and active.")
    failover: bool = Field(description="Whether each group has another pool that is alive.")


class MinersPoolsGetIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersPoolsGetOut(Schema):
    """How the pools of a miner do, asked now."""

    device: UUID = Field(description="Id of the miner.")
    working: bool = Field(description="Whether each group has a pool that is alive and active.")
    failover: bool = Field(description="Whether each group has another pool that is alive.")
    pools: list[MinersPoolState] = Field(description="How each pool does, in order of fail-over.")


class MinersTemplateSaveIn(Schema):
    """Pools under a name; a template of that name is replaced."""

    name: str = NAME
    groups: KeptGroups = Field(description="All groups a miner gets.")
    note: str = Field(default="", max_length=500, description="What it is for.")


class MinersTemplateSaveOut(Schema):
    """That it is kept."""

    name: str = Field(description="Name of the template.")
    created: bool = Field(description="Whether it is new.")


class MinersTemplateDeleteIn(Schema):
    """Which template goes; miners keep the pools they have."""

    name: str = NAME


class MinersTemplateDeleteOut(Schema):
    """That it is gone."""

    name: str = Field(description="Name of the template.")


class MinersTemplateListIn(Schema):
    """Nothing is needed."""


class MinersTemplateOut(Schema):
    """One template, without passwords."""

    name: str = Field(description="Its name.")
    note: str = Field(description="What it is for.")
    pools: list[str] = Field(description="Its pools, as user at address, with their variables.")
    updated_at: datetime = Field(description="When it was saved last.")
    updated_by: str = Field(description="Who saved it.")


class MinersTemplateListOut(Schema):
    """The tenant's templates by name."""

    templates: list[MinersTemplateOut] = Field(description="The templates, by name.")

"""Inputs and outputs for the keys that firmware images are signed with."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from apps.miners.firmware import signing
from apps.operations.core import Schema


def _as_hex(text: str) -> str:
    return signing.public_key(text).hex()


class MinersKeyTrustIn(Schema):
    """A public key whose signatures are believed from now on."""

    name: str = Field(min_length=1, max_length=100, description="What people call the key.")
    public_key: Annotated[str, AfterValidator(_as_hex)] = Field(
        max_length=1000,
        description="Ed25519 public key, PEM as openssl pkey -pubout prints it, or 32 bytes hex.",
    )
    not_after: datetime = Field(description="When it stops being believed, with its time zone.")

    @model_validator(mode="after")
    def _has_a_zone(self) -> Self:
        if self.not_after.tzinfo is None:
            raise ValueError("not_after needs its time zone, such as 2027-05-01T00:00:00Z")
        return self


class MinersKeyWithdrawIn(Schema):
    """Which key is believed no more; the call's reason is kept with it."""

    key: UUID = Field(description="Id of the key, as miners.key.list shows it.")


class MinersKeyOut(Schema):
    """A key that is or was trusted."""

    key: UUID = Field(description="Id of the key.")
    name: str = Field(description="What people call it.")
    public_key: str = Field(description="Its 32 bytes in hex.")
    state: str = Field(description="trusted, expired or withdrawn.")
    not_after: datetime = Field(description="When it stops being believed.")
    trusted_at: datetime = Field(description="When it was trusted.")
    trusted_by: str = Field(description="Who had it trusted.")
    withdrawn_by: str = Field(description="Who withdrew it; empty: nobody.")
    withdrawn_reason: str = Field(description="Why it was withdrawn.")


class MinersKeyListIn(Schema):
    """Nothing is needed."""


class MinersKeyListOut(Schema):
    """The tenant's keys."""

    keys: list[MinersKeyOut] = Field(description="The keys by name, past ones too.")
    signature_required: bool = Field(description="True: images that nobody signed are refused.")

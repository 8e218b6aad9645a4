"""Inputs and outputs of the operations on how a Core is reached and whom we take for it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from apps.fleet.schemas.fields import Ports
from apps.operations.core import Schema
from apps.qsys.client import plain_fingerprint
from apps.qsys.models import Side, Transport
from apps.qsys.schemas.fields import DEVICE

Fingerprint = Annotated[str, Field(max_length=100), AfterValidator(plain_fingerprint)]


class QsysCoreLinkIn(Schema):
    """How to reach a Core; what is left out stays as it is."""

    device: str = DEVICE
    transport: Transport | None = Field(
        default=None,
        description="auto (QRC on TCP 1710, QRWC where that is refused), qrc, qrwc (WebSocket) or "
        "qrwcs (secure WebSocket).",
    )
    partner_address: str | None = Field(
        default=None,
        max_length=253,
        description="Address or name of the redundant partner Core; empty for none.",
    )
    partner_ports: Ports | None = Field(
        default=None,
        description="The partner's ports other than the usual, by name: qrc, ws, wss.",
    )
    ca_pem: str | None = Field(
        default=None,
        max_length=100_000,
        description="PEM of the authority that signs the Core's certificate; empty to pin instead.",
    )
    server_name: str | None = Field(
        default=None,
        max_length=253,
        description="Name in the certificate where it differs from the address; with ca_pem only.",
    )


class QsysCoreEndOut(Schema):
    """One end of a Core. A blank state means that a pair's end does not answer."""

    side: Side = Field(description="main, or partner of a redundant pair.")
    address: str = Field(description="Where it is.")
    pinned: str = Field(description="SHA-256 of its certificate that counts; blank before TLS.")
    pinned_at: AwareDatetime | None = Field(description="Since when it counts.")
    seen: str = Field(description="SHA-256 of the last certificate that was refused; else blank.")
    state: str = Field(description="Of a pair: Active, Standby or Idle, as its engine says.")
    design_code: str = Field(description="Of a pair: the code of the design it runs.")
    state_at: AwareDatetime | None = Field(description="Of a pair: since when this is so.")
    reason: str = Field(description="Of a pair: why it does not answer.")


class QsysCoreLinkOut(Schema):
    """The link as it is now."""

    device: UUID = Field(description="The Core's id.")
    transport: Transport = Field(description="By what it is talked to.")
    authority: bool = Field(description="Whether an authority's certificate is trusted.")
    server_name: str = Field(description="Name expected in the certificate, if any.")
    ends: list[QsysCoreEndOut] = Field(description="The Core, and its partner if it has one.")


class QsysCoreTrustIn(Schema):
    """Which certificate counts from now on."""

    device: str = DEVICE
    side: Side = Field(default=Side.MAIN, description="Which Core of a pair: main or partner.")
    fingerprint: Fingerprint | None = Field(
        default=None,
        description="SHA-256 of the certificate, 64 hex digits, colons allowed; leave it out for "
        "the one that was refused last.",
    )


class QsysCoreTrustOut(Schema):
    """The pin before and now."""

    device: UUID = Field(description="The Core's id.")
    side: Side = Field(description="Which Core of a pair.")
    before: str = Field(description="SHA-256 that counted before; blank for none.")
    after: str = Field(description="SHA-256 that counts now.")


class QsysCoreConnectionIn(Schema):
    """Which Core."""

    device: str = DEVICE


class QsysCoreConnectionOut(Schema):
    """The poller's connection as it last told it; nothing is asked of the Core."""

    device: UUID = Field(description="The Core's id.")
    name: str = Field(description="The Core's name.")
    liveness: str = Field(description="ok, stale, lost, rebooting or never.")
    transport: str = Field(description="Face in use: qrc, ws or wss; blank before the first.")
    address: str = Field(description="Where the connection leads.")
    side: str = Field(description="Which Core of a pair is polled: main or partner.")
    since: AwareDatetime | None = Field(description="When the connection was made.")
    reconnects: int = Field(description="Connections after the first, since the poller began.")
    rtt_ms: float | None = Field(description="Milliseconds of the last round trip.")
    groups: int = Field(description="Change groups in use.")
    group_budget: int = Field(description="Change groups that may be used, of the Core's 512.")
    reason: str = Field(description="Why it does not answer, when it does not.")
    last_error: str = Field(description="The last failure, also when it is over.")
    last_error_at: AwareDatetime | None = Field(description="When that was.")
    seen_at: AwareDatetime | None = Field(description="When the Core last answered.")
    pair: Literal["", "normal", "degraded", "unserved", "split", "differing"] = Field(
        description="The verdict on a redundant pair; blank where there is no partner."
    )
    active: str = Field(description="Which Core of a pair serves; blank where none does.")
    ends: list[QsysCoreEndOut] = Field(description="The Core, and its partner if it has one.")


class QsysCoreReconnectIn(Schema):
    """Which Core."""

    device: str = DEVICE


class QsysCoreReconnectOut(Schema):
    """That it will be done."""

    device: UUID = Field(description="The Core's id.")
    within_seconds: float = Field(description="Seconds until the poller begins anew at the latest.")

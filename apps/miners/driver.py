"""Adapts the Braiins OS client to what fleet asks of a driver."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import UUID

from apps.fleet.drivers import Address, Probe
from apps.fleet.services.passwords import NEXT
from apps.kernel.errors import Code, Failure
from apps.miners.client.errors import Family, ImageMismatch, Refused, Rejected
from apps.miners.client.errors import Unreachable as MinerUnreachable
from apps.miners.client.miner import DEFAULT_PORT, MinerClient

NAME: Final = "braiins"
#: Seconds for a connection and its first answer, whatever a call may take.
CONNECT_SECONDS: Final = 5.0


class MinerSession:
    """One miner's client as a session: it connects and logs in on first need."""

    def __init__(self, client: MinerClient) -> None:
        self.client = client
        self._alive = True

    @property
    def alive(self) -> bool:
        """Whether calls may still be made."""
        return self._alive

    async def close(self) -> None:
        """End the connection."""
        self._alive = False
        await self.client.close()


class BraiinsDriver:
    """Miners on Braiins OS, by their public gRPC API."""

    name = NAME
    kind = "miner"
    errors: tuple[type[Exception], ...] = (MinerUnreachable, Refused, Rejected, ImageMismatch)
    secrets: tuple[str, ...] = ("username", "password")
    default_ports: Mapping[str, int] = {"grpc": DEFAULT_PORT}
    budget = 4

    def details(self, device_id: UUID, *, within: float) -> Mapping[str, Any]:
        """Nothing: address and log-in are all there is."""
        return {}

    async def connect(self, address: Address, *, timeout: float) -> MinerSession:
        """A session; proves within `timeout` seconds that a miner answers there."""
        client = MinerClient(
            address.host,
            address.ports.get("grpc", DEFAULT_PORT),
            username=address.credential.get("username", "root"),
            password=address.credential.get("password", ""),
            next_password=address.credential.get(NEXT, ""),
        )
        async with AsyncExitStack() as undo:
            undo.push_async_callback(client.close)
            await client.api_version(timeout=min(timeout, CONNECT_SECONDS))
            undo.pop_all()
        return MinerSession(client)

    async def probe(self, session: Any, *, timeout: float) -> Probe:
        """Identity and firmware, from the miner's own words."""
        details = await session.client.details(timeout=timeout)
        return Probe(
            serial=details.serial or details.uid,
            mac=details.mac.lower(),
            model=details.model,
            firmware=details.version,
            summary={"status": details.status.value, "uptime_s": details.uptime_s},
        )

    def failure(self, error: Any, *, changing: bool) -> Failure:
        """What a client's error means to the caller."""
        if isinstance(error, MinerUnreachable):
            return _no_answer(error, changing=changing)
        if isinstance(error, Refused):
            return Failure(
                Code.DEVICE_REJECTED,
                "The miner does not accept the stored password; set it with fleet.credential.set.",
            )
        if isinstance(error, Rejected):
            return _rejected(error)
        return Failure(Code.CONFLICT, f"{error} Nothing was installed; upload the image again.")


def _no_answer(error: MinerUnreachable, *, changing: bool) -> Failure:
    if error.sent and changing:
        return Failure(
            Code.INDETERMINATE,
            "The command was sent and the miner did not answer; it is being asked what is true.",
        )
    if error.timed_out:
        return Failure(
            Code.TIMEOUT,
            f"The miner took too long: {str(error)[:200]}. Nothing was changed; try again.",
            retryable=True,
        )
    return Failure(Code.UNREACHABLE, f"The miner does not answer: {str(error)[:200]}")


def _rejected(error: Rejected) -> Failure:
    if error.family is Family.BUSY:
        return Failure(
            Code.BUSY, f"The miner is busy with another system task: {error.words!r}", retry_after=5
        )
    if error.family is Family.UNSUPPORTED:
        return Failure(Code.DEVICE_REJECTED, "This firmware does not have that command.")
    return Failure(Code.DEVICE_REJECTED, f"The miner refused: {error.words!r}")

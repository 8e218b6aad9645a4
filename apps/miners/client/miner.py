"""The client of one Braiins OS miner: typed calls with deadlines and three kinds of error."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TypeVar

from google.protobuf.message import Message

from apps.miners.client import readings, types
from apps.miners.client.boards import Boards
from apps.miners.client.calls import READ_S, WRITE_S, Calls
from apps.miners.client.capabilities import Capabilities, capabilities
from apps.miners.client.cooling import Cooling
from apps.miners.client.link import Deadline, Link
from apps.miners.client.network import Network
from apps.miners.client.pools import Pools
from apps.miners.client.records import Records
from apps.miners.client.session import Session
from apps.miners.client.tuning import Tuning
from apps.miners.client.upkeep import Upkeep
from apps.miners.client.upload import BeforeChunk, push
from apps.miners.contract.generated import bos_actions_pb2 as actions_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_version_pb2 as version_pb

R = TypeVar("R", bound=Message)

DEFAULT_PORT = 50051
UPLOAD_S = 600.0
# Devices answer within 50 to 500 ms.
REFUSAL_S = 0.5


async def _at_once() -> None:
    """Lets every chunk go without a check."""


class MinerClient:
    """One miner. Use it on one event loop; it connects and logs in on first need.

    What every visit reads and what everybody does is here; the rest is in its parts, by subject.

    Every call takes `timeout` in seconds, which covers connecting, login and the call, and
    raises Unreachable, Refused or Rejected.
    """

    def __init__(
        self,
        address: str,
        port: int = DEFAULT_PORT,
        *,
        username: str = "root",
        password: str,
        next_password: str = "",
    ) -> None:
        """`next_password` is tried where `password` is refused: it is about to take its place."""
        self._link = Link(address, port)
        passwords = (password, next_password) if next_password else (password,)
        self._session = Session(self._link, username, passwords)
        self._calls = calls = Calls(self._session)
        self.tuning = Tuning(calls)
        self.pools = Pools(calls)
        self.cooling = Cooling(calls)
        self.boards = Boards(calls)
        self.network = Network(calls)
        self.records = Records(calls)
        self.upkeep = Upkeep(calls)

    async def close(self) -> None:
        """Ends the connection; a later call makes a new one."""
        await self._link.close()

    # -- readings

    async def api_version(self, *, timeout: float = READ_S) -> types.ApiVersion:
        """The probe: needs no login and no password."""
        path = "/braiins.bos.ApiVersionService/GetApiVersion"
        request, deadline = version_pb.ApiVersionRequest(), Deadline(timeout)
        answer = await self._link.unary(path, request, version_pb.ApiVersion, deadline, ())
        return readings.api_version(answer)

    async def capabilities(self, *, timeout: float = READ_S) -> Capabilities:
        """The methods this firmware has, by reflection; needs no login."""
        return await capabilities(self._link, Deadline(timeout))

    async def details(self, *, timeout: float = READ_S) -> types.MinerDetails:
        """Identity, firmware version and uptime."""
        request = miner_pb.GetMinerDetailsRequest()
        answer = miner_pb.GetMinerDetailsResponse
        return readings.details(
            await self._calls.ask("MinerService/GetMinerDetails", request, answer, timeout)
        )

    async def status(self, *, timeout: float = READ_S) -> types.MinerStatus:
        """What the mining daemon does now (the stream's first message)."""
        request, answer = miner_pb.GetMinerStatusRequest(), miner_pb.GetMinerStatusResponse
        message = await self._calls.first("MinerService/GetMinerStatus", request, answer, timeout)
        return readings.status(message.status)

    async def stats(self, *, timeout: float = READ_S) -> types.MinerStats:
        """Hash rate, power and shares."""
        request, answer = miner_pb.GetMinerStatsRequest(), miner_pb.GetMinerStatsResponse
        return readings.stats(
            await self._calls.ask("MinerService/GetMinerStats", request, answer, timeout)
        )

    async def errors(self, *, timeout: float = READ_S) -> tuple[types.DeviceFault, ...]:
        """What the firmware reports as wrong."""
        request, answer = miner_pb.GetErrorsRequest(), miner_pb.GetErrorsResponse
        message = await self._calls.ask("MinerService/GetErrors", request, answer, timeout)
        return tuple(readings.fault(error) for error in message.errors)

    async def located(self, *, timeout: float = READ_S) -> bool:
        """Whether the locate light blinks."""
        request = actions_pb.GetLocateDeviceStatusRequest()
        answer = actions_pb.LocateDeviceStatusResponse
        message = await self._act("GetLocateDeviceStatus", request, answer, timeout)
        return message.enabled

    # -- commands

    async def pause(self, *, timeout: float = WRITE_S) -> bool:
        """Boards off, supply on; whether they were off already."""
        request, answer = actions_pb.PauseMiningRequest(), actions_pb.PauseMiningResponse
        return (await self._act("PauseMining", request, answer, timeout)).already_paused

    async def resume(self, *, timeout: float = WRITE_S) -> bool:
        """Boards on, ramping up; whether they were on already."""
        request, answer = actions_pb.ResumeMiningRequest(), actions_pb.ResumeMiningResponse
        return (await self._act("ResumeMining", request, answer, timeout)).already_mining

    async def reboot(self, *, timeout: float = WRITE_S) -> None:
        """Restarts the whole machine; it answers, then goes away for minutes."""
        request, answer = actions_pb.RebootRequest(), actions_pb.RebootResponse
        await self._act("Reboot", request, answer, timeout)

    async def restart(self, *, timeout: float = WRITE_S) -> bool:
        """Restarts the mining daemon; whether it ran before."""
        request, answer = actions_pb.RestartRequest(), actions_pb.RestartResponse
        return (await self._act("Restart", request, answer, timeout)).already_running

    async def locate(self, on: bool, *, timeout: float = WRITE_S) -> bool:
        """Blinks the locate light or stops it; how it is now."""
        request = actions_pb.SetLocateDeviceStatusRequest(enable=on)
        answer = actions_pb.LocateDeviceStatusResponse
        return (await self._act("SetLocateDeviceStatus", request, answer, timeout)).enabled

    async def system_upgrade(
        self,
        image: types.ImageMetadata,
        chunks: AsyncIterable[bytes],
        *,
        before_chunk: BeforeChunk = _at_once,
        grace: float = REFUSAL_S,
        timeout: float = UPLOAD_S,
    ) -> bool:
        """Pushes a firmware image; True when the device began to install it.

        The bytes are hashed as they leave and the last chunk is held back until they are known
        to be the image: ImageMismatch otherwise. `before_chunk` is awaited before each chunk of
        at most 1 MiB and may raise to stop. The end of an installation is seen by asking for
        the version again. Never repeated by itself. `grace`: seconds the device gets to refuse
        the metadata before bytes follow.
        """
        deadline = Deadline(timeout)
        # A read first: a stale login is renewed here, for the bytes can be given only once.
        await self.located(timeout=min(READ_S, deadline.left()))
        login = await self._session.login(deadline)
        return await push(self._link, login, image, chunks, before_chunk, grace, deadline)

    async def _act(self, method: str, request: Message, answer: type[R], timeout: float) -> R:
        return await self._calls.ask(f"ActionsService/{method}", request, answer, timeout)

"""The client of one Braiins OS miner: typed calls with deadlines and three kinds of error."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TypeVar

from google.protobuf.message import Message

from apps.miners.client import config_readings, readings, types
from apps.miners.client.capabilities import Capabilities, capabilities
from apps.miners.client.link import Deadline, Link
from apps.miners.client.session import Session
from apps.miners.client.upload import BeforeChunk, push
from apps.miners.contract.generated import bos_actions_pb2 as actions_pb
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_network_pb2 as network_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.contract.generated import bos_version_pb2 as version_pb

R = TypeVar("R", bound=Message)

DEFAULT_PORT = 50051
READ_S = 3.0
WRITE_S = 10.0
UPLOAD_S = 600.0
# Devices answer within 50 to 500 ms.
REFUSAL_S = 0.5


async def _at_once() -> None:
    """Lets every chunk go without a check."""


class MinerClient:
    """One miner. Use it on one event loop; it connects and logs in on first need.

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
    ) -> None:
        self._link = Link(address, port)
        self._session = Session(self._link, username, password)

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
            await self._ask("MinerService/GetMinerDetails", request, answer, timeout)
        )

    async def status(self, *, timeout: float = READ_S) -> types.MinerStatus:
        """What the mining daemon does now (the stream's first message)."""
        path = "/braiins.bos.v1.MinerService/GetMinerStatus"
        request, answer = miner_pb.GetMinerStatusRequest(), miner_pb.GetMinerStatusResponse
        message = await self._session.first(path, request, answer, Deadline(timeout))
        return readings.status(message.status)

    async def stats(self, *, timeout: float = READ_S) -> types.MinerStats:
        """Hash rate, power and shares."""
        request, answer = miner_pb.GetMinerStatsRequest(), miner_pb.GetMinerStatsResponse
        return readings.stats(
            await self._ask("MinerService/GetMinerStats", request, answer, timeout)
        )

    async def hashboards(self, *, timeout: float = READ_S) -> tuple[types.Hashboard, ...]:
        """Every board with its chips, temperatures and rates."""
        request, answer = miner_pb.GetHashboardsRequest(), miner_pb.GetHashboardsResponse
        message = await self._ask("MinerService/GetHashboards", request, answer, timeout)
        return tuple(readings.hashboard(board) for board in message.hashboards)

    async def errors(self, *, timeout: float = READ_S) -> tuple[types.DeviceFault, ...]:
        """What the firmware reports as wrong."""
        request, answer = miner_pb.GetErrorsRequest(), miner_pb.GetErrorsResponse
        message = await self._ask("MinerService/GetErrors", request, answer, timeout)
        return tuple(readings.fault(error) for error in message.errors)

    async def cooling(self, *, timeout: float = READ_S) -> types.CoolingState:
        """Fans and the highest temperature."""
        request, answer = cooling_pb.GetCoolingStateRequest(), cooling_pb.GetCoolingStateResponse
        return readings.cooling(
            await self._ask("CoolingService/GetCoolingState", request, answer, timeout)
        )

    async def tuner_state(self, *, timeout: float = READ_S) -> types.TunerState:
        """The tuner and its present target."""
        request = performance_pb.GetTunerStateRequest()
        answer = performance_pb.GetTunerStateResponse
        return readings.tuner(
            await self._ask("PerformanceService/GetTunerState", request, answer, timeout)
        )

    async def pool_groups(self, *, timeout: float = READ_S) -> tuple[types.PoolGroup, ...]:
        """Pools and how they do."""
        request, answer = pool_pb.GetPoolGroupsRequest(), pool_pb.GetPoolGroupsResponse
        message = await self._ask("PoolService/GetPoolGroups", request, answer, timeout)
        return tuple(config_readings.pool_group(group) for group in message.pool_groups)

    async def constraints(self, *, timeout: float = READ_S) -> types.Constraints:
        """The ranges within which targets are accepted."""
        request = configuration_pb.GetConstraintsRequest()
        answer = configuration_pb.GetConstraintsResponse
        return config_readings.constraints(
            await self._ask("ConfigurationService/GetConstraints", request, answer, timeout)
        )

    async def network_info(self, *, timeout: float = READ_S) -> types.NetworkInfo:
        """Addresses, MAC and host name."""
        request, answer = network_pb.GetNetworkInfoRequest(), network_pb.GetNetworkInfoResponse
        return readings.network(
            await self._ask("NetworkService/GetNetworkInfo", request, answer, timeout)
        )

    async def auto_upgrade(self, *, timeout: float = READ_S) -> types.AutoUpgrade:
        """Whether and when the miner upgrades itself."""
        request = upgrade_pb.GetAutoUpgradeStatusRequest()
        answer = upgrade_pb.GetAutoUpgradeStatusResponse
        return config_readings.auto_upgrade(
            await self._ask("UpgradeService/GetAutoUpgradeStatus", request, answer, timeout)
        )

    async def located(self, *, timeout: float = READ_S) -> bool:
        """Whether the locate light blinks."""
        request = actions_pb.GetLocateDeviceStatusRequest()
        answer = actions_pb.LocateDeviceStatusResponse
        message = await self._act("GetLocateDeviceStatus", request, answer, timeout)
        return message.enabled

    # -- commands

    async def set_power_target(self, watts: int, *, timeout: float = WRITE_S) -> types.PowerTarget:
        """Stores and applies a power target; the device rejects one outside its constraints."""
        request = performance_pb.SetPowerTargetRequest(
            save_action=common_pb.SAVE_ACTION_SAVE_AND_APPLY,
            power_target=common_pb.Power(watt=watts),
        )
        answer = performance_pb.SetPowerTargetResponse
        method = "PerformanceService/SetPowerTarget"
        message = await self._ask(method, request, answer, timeout)
        return types.PowerTarget(message.power_target.watt)

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

    async def _ask(self, method: str, request: Message, answer: type[R], timeout: float) -> R:
        path = f"/braiins.bos.v1.{method}"
        return await self._session.unary(path, request, answer, Deadline(timeout))

    async def _act(self, method: str, request: Message, answer: type[R], timeout: float) -> R:
        return await self._ask(f"ActionsService/{method}", request, answer, timeout)

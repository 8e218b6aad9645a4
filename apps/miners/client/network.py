"""The part of a client for the miner's place in the network."""

from __future__ import annotations

from apps.miners.client import readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.client.setup import NetworkSetup
from apps.miners.contract.generated import bos_network_pb2 as pb


class Network(Part):
    """NetworkService."""

    async def info(self, *, timeout: float = READ_S) -> types.NetworkInfo:
        """Addresses, MAC and host name."""
        method, answer = "NetworkService/GetNetworkInfo", pb.GetNetworkInfoResponse
        return readings.network(
            await self._calls.ask(method, pb.GetNetworkInfoRequest(), answer, timeout)
        )

    async def setup(self, *, timeout: float = READ_S) -> NetworkSetup:
        """What is configured."""
        method = "NetworkService/GetNetworkConfiguration"
        request, answer = pb.GetNetworkConfigurationRequest(), pb.GetNetworkConfigurationResponse
        return _setup((await self._calls.ask(method, request, answer, timeout)).network)

    async def configure(self, wanted: NetworkSetup, *, timeout: float = WRITE_S) -> None:
        """Holds at once and without a dry run: the next call may need another address."""
        request = pb.SetNetworkConfigurationRequest(hostname=wanted.hostname)
        if wanted.dhcp:
            request.dhcp.SetInParent()
        else:
            request.static.address, request.static.netmask = wanted.address, wanted.netmask
            request.static.gateway = wanted.gateway
            request.static.dns_servers.extend(wanted.dns)
        method, answer = (
            "NetworkService/SetNetworkConfiguration",
            pb.SetNetworkConfigurationResponse,
        )
        await self._calls.ask(method, request, answer, timeout)


def _setup(message: pb.NetworkConfiguration) -> NetworkSetup:
    static = message.static
    return NetworkSetup(
        dhcp=not message.HasField("static"),
        hostname=message.hostname,
        address=static.address,
        netmask=static.netmask,
        gateway=static.gateway,
        dns=tuple(static.dns_servers),
    )

"""Network settings of a simulated miner."""

from __future__ import annotations

from ipaddress import IPv4Address

from apps.miners.contract.generated import bos_network_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState


def get_configuration(
    state: MinerState, _request: pb.GetNetworkConfigurationRequest
) -> pb.GetNetworkConfigurationResponse:
    return pb.GetNetworkConfigurationResponse(network=_shown(state))


def set_configuration(
    state: MinerState, request: pb.SetNetworkConfigurationRequest
) -> pb.SetNetworkConfigurationResponse:
    """Holds at once: the answer leaves, then the miner is found at its new address."""
    settings = state.settings
    if request.HasField("static"):
        for text in (request.static.address, request.static.netmask, request.static.gateway):
            _require_ipv4(text)
        settings.network.static.CopyFrom(request.static)
    elif request.HasField("dhcp"):
        settings.network.dhcp.CopyFrom(request.dhcp)
    if request.HasField("hostname"):
        settings.hostname = request.hostname
    static = settings.network.HasField("static")
    address = settings.network.static.address if static else state.profile.address
    state.history.record("network", address=address, hostname=settings.hostname)
    if address != state.address and not state.faults.old_network:
        state.move(address)
    return pb.SetNetworkConfigurationResponse(network=_shown(state))


def get_info(state: MinerState, _request: pb.GetNetworkInfoRequest) -> pb.GetNetworkInfoResponse:
    address, network = state.address, state.settings.network
    static = network.HasField("static")
    return pb.GetNetworkInfoResponse(
        name="eth0",
        mac_address=state.profile.mac,
        hostname=state.settings.hostname,
        protocol=pb.NETWORK_PROTOCOL_STATIC if static else pb.NETWORK_PROTOCOL_DHCP,
        dns_servers=network.static.dns_servers if static else ["127.0.0.53"],
        networks=[pb.IpNetwork(address=address, netmask="255.255.255.0")],
        default_gateway=address.rpartition(".")[0] + ".254",
    )


def _shown(state: MinerState) -> pb.NetworkConfiguration:
    shown = pb.NetworkConfiguration()
    shown.CopyFrom(state.settings.network)
    shown.hostname = state.settings.hostname
    return shown


def _require_ipv4(text: str) -> None:
    try:
        IPv4Address(text)
    except ValueError:
        raise Refusal(Kind.INVALID, f"{text!r} is no IPv4 address") from None


METHODS: Methods = {
    "GetNetworkConfiguration": get_configuration,
    "SetNetworkConfiguration": set_configuration,
    "GetNetworkInfo": get_info,
}

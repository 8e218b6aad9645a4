"""Network settings of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_network_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.state import MinerState


def get_configuration(
    state: MinerState, _request: pb.GetNetworkConfigurationRequest
) -> pb.GetNetworkConfigurationResponse:
    network = pb.NetworkConfiguration(dhcp=pb.Dhcp(), hostname=state.settings.hostname)
    return pb.GetNetworkConfigurationResponse(network=network)


def get_info(state: MinerState, _request: pb.GetNetworkInfoRequest) -> pb.GetNetworkInfoResponse:
    address = state.profile.address
    return pb.GetNetworkInfoResponse(
        name="eth0",
        mac_address=state.profile.mac,
        hostname=state.settings.hostname,
        protocol=pb.NETWORK_PROTOCOL_DHCP,
        dns_servers=["127.0.0.53"],
        networks=[pb.IpNetwork(address=address, netmask="255.255.255.0")],
        default_gateway=address.rpartition(".")[0] + ".254",
    )


METHODS: Methods = {"GetNetworkConfiguration": get_configuration, "GetNetworkInfo": get_info}

"""The simulated site is what the demo promises, and knows when its place is taken."""

import socket
from collections import Counter

from apps.ops.launcher import site
from tests.support.plane import free_network


def test_two_cores_and_twelve_miners() -> None:
    kinds = Counter(device.kind for device in site.devices("127.20"))
    assert kinds == {"core": 2, "miner": 12}


def test_other_tenant_owns_two_miners_and_no_core() -> None:
    others = [device for device in site.devices("127.20") if device.tenant == "other"]
    assert [device.kind for device in others] == ["miner", "miner"]


def test_names_and_addresses_are_unique_and_on_the_network() -> None:
    devices = site.devices("127.33")
    assert len({device.name for device in devices}) == len(devices)
    assert len({device.address for device in devices}) == len(devices)
    assert all(device.address.startswith("127.33.") for device in devices)


def test_miners_stand_four_to_a_rack() -> None:
    racks = Counter(device.place[-1] for device in site.miners("127.20"))
    assert racks == {"R1": 4, "R2": 4, "R3": 4}


def test_listener_on_a_devices_port_is_named() -> None:
    network = free_network()
    assert site.taken(network) == []
    with socket.socket() as listener:
        port = site.CORE_PORT + site.port_offset(network)
        listener.bind((f"{network}.0.2", port))
        listener.listen()
        assert site.taken(network) == [f"{network}.0.2:{port}"]


def test_offset_follows_the_right_to_low_ports() -> None:
    allowed = site.low_ports_allowed("127.20")
    assert site.port_offset("127.20") == (0 if allowed else 8000)

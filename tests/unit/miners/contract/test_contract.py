"""The wire contract: generated code is fresh, and bytes are those the devices speak."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from apps.miners.contract import services
from apps.miners.contract.generate import PROTOS, relative_imports, stale_files
from apps.miners.contract.generated import bos_actions_pb2 as actions_pb
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb


def test_checked_in_code_is_what_the_protos_give() -> None:
    assert stale_files() == []


def test_stale_code_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("apps.miners.contract.generate.GENERATED", tmp_path)
    assert len(stale_files()) == 2 * len(list(PROTOS.glob("*.proto")))


def test_imports_of_neighbours_become_relative_and_others_stay() -> None:
    source = "import bos_pool_pb2 as bos__pool__pb2\nfrom google.protobuf import any_pb2 as a\n"
    assert relative_imports(source) == (
        "from . import bos_pool_pb2 as bos__pool__pb2\nfrom google.protobuf import any_pb2 as a\n"
    )


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (upgrade_pb.SystemUpgradeMetadata(size=5, hash="ab"), b"\x08\x05\x12\x02ab"),
        (upgrade_pb.SystemUpgradeRequest(data=b"x"), b"\x12\x01x"),
        (performance_pb.SetPowerTargetRequest(save_action=2), b"\x08\x02"),
        (miner_pb.GetMinerStatusResponse(status=3), b"\x08\x03"),
        (
            miner_pb.GetMinerDetailsResponse(system_uptime_s=1, serial_number="s"),
            b"X\x01\x82\x01\x01s",
        ),
        (actions_pb.PauseMiningResponse(already_paused=False), b""),
        (pool_pb.Pool(alive=True, active=True), b"(\x010\x01"),
    ],
)
def test_fields_have_the_numbers_of_the_wire(message: Message, wire: bytes) -> None:
    assert message.SerializeToString() == wire


def test_fields_of_newer_firmware_are_ignored() -> None:
    newer = b"\x08\x02" + b"\xfa\x7f\x03abc"
    assert miner_pb.GetMinerStatusResponse.FromString(newer).status == 2


def test_constraints_nest_as_on_the_wire() -> None:
    constraints = configuration_pb.GetConstraintsResponse()
    constraints.tuner_constraints.power_target.max.watt = 7
    assert constraints.SerializeToString() == b"\n\x06\n\x04\x1a\x02\x08\x07"


def test_every_method_is_known_by_its_path() -> None:
    upgrade = services.METHODS["/braiins.bos.v1.UpgradeService/SystemUpgrade"]
    assert services.request_class(upgrade) is upgrade_pb.SystemUpgradeRequest
    assert services.response_class(upgrade) is upgrade_pb.SystemUpgradeResponse
    assert len(services.METHODS) == sum(len(s.methods) for s in services.SERVICES.values())
    assert set(services.METHODS) >= services.OPEN_METHODS

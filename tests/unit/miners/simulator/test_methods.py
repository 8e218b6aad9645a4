"""Writes follow the firmware's rules, and every method of the contract is answered."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from apps.kernel.clock import SystemClock
from apps.miners.contract.generated import bos_actions_pb2 as actions_pb
from apps.miners.contract.generated import bos_authentication_pb2 as authentication_pb
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.contract.services import METHODS, request_class, response_class
from apps.miners.simulator import profile_for, running_miner
from apps.miners.simulator.methods import UNARY
from apps.miners.simulator.methods.upgrade import Upload
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.releases import api_minor
from apps.miners.simulator.state import MinerState
from tests.support.miners import own_address

V1 = "/braiins.bos.v1."


@pytest.fixture
def state() -> MinerState:
    return MinerState(profile_for("127.1.0.1"), SystemClock())


def call(state: MinerState, method: str, request: Any) -> Any:
    return UNARY[V1 + method](state, request)


def refused(state: MinerState, method: str, request: Any) -> Kind:
    with pytest.raises(Refusal) as caught:
        call(state, method, request)
    return caught.value.kind


def test_every_unary_method_answers_an_empty_request_in_kind(state: MinerState) -> None:
    answered = 0
    for path, method in METHODS.items():
        if method.client_streaming or method.server_streaming:
            assert path not in UNARY
            continue
        state.task = None
        try:
            answer = UNARY[path](state, request_class(method)())
        except Refusal:
            continue  # an empty request is not enough for some
        answered += 1
        assert isinstance(answer, response_class(method)), path
    assert answered > 30


@pytest.mark.parametrize(
    ("firmware", "minor"),
    [
        ("2026-04-14-0-912d084c-26.04-plus", 10),
        ("2026-08-25-0-1a2b3c4d-26.08.1-plus", 14),
        ("2026-02-01-0-1a2b3c4d-26.02-plus", 9),
        ("2025-01-01-0-1a2b3c4d-25.01-plus", 6),
    ],
)
def test_api_revision_follows_the_firmware(firmware: str, minor: int) -> None:
    assert api_minor(firmware) == minor


def test_target_only_saved_applies_at_the_next_start(state: MinerState) -> None:
    request = performance_pb.SetPowerTargetRequest(save_action=common_pb.SAVE_ACTION_SAVE)
    request.power_target.watt = 2000
    call(state, "PerformanceService/SetPowerTarget", request)
    assert state.target_watts() == 3068
    call(state, "ActionsService/Restart", actions_pb.RestartRequest())
    assert state.target_watts() == 2000


def test_steps_start_from_the_present_target(state: MinerState) -> None:
    up = performance_pb.IncrementPowerTargetRequest(save_action=2)
    up.power_target_increment.watt = 100
    down = performance_pb.DecrementPowerTargetRequest(save_action=2)
    down.power_target_decrement.watt = 500
    answer = call(state, "PerformanceService/IncrementPowerTarget", up)
    assert answer.power_target.watt == 3168
    answer = call(state, "PerformanceService/DecrementPowerTarget", down)
    assert answer.power_target.watt == 2668
    down.power_target_decrement.watt = 2000
    assert refused(state, "PerformanceService/DecrementPowerTarget", down) is Kind.CONSTRAINT
    default = performance_pb.SetDefaultPowerTargetRequest(save_action=2)
    answer = call(state, "PerformanceService/SetDefaultPowerTarget", default)
    assert answer.power_target.watt == 3068


def test_hashrate_mode_is_shown_as_such(state: MinerState) -> None:
    request = performance_pb.SetPerformanceModeRequest(save_action=2)
    rate = request.mode.tuner_mode.hashrate_target.hashrate_target
    rate.terahash_per_second = 500
    assert refused(state, "PerformanceService/SetPerformanceMode", request) is Kind.CONSTRAINT
    rate.terahash_per_second = 80
    call(state, "PerformanceService/SetPerformanceMode", request)
    tuner = call(state, "PerformanceService/GetTunerState", performance_pb.GetTunerStateRequest())
    assert tuner.hashrate_target_mode_state.current_target.terahash_per_second == 80
    empty = performance_pb.SetPerformanceModeRequest()
    assert refused(state, "PerformanceService/SetPerformanceMode", empty) is Kind.INVALID


def group(url: str = "stratum+tcp://pool:3333") -> pool_pb.PoolGroupConfiguration:
    made = pool_pb.PoolGroupConfiguration(name="new")
    made.fixed_share_ratio.value = 0.5
    made.pools.add(url=url, user="u")
    return made


def test_set_pool_groups_replaces_all_with_fresh_uids(state: MinerState) -> None:
    old = state.settings.pool_groups[0].uid
    request = pool_pb.SetPoolGroupsRequest(save_action=2, pool_groups=[group(), group()])
    answer = call(state, "PoolService/SetPoolGroups", request)
    uids = [one.uid for one in answer.pool_groups]
    assert len({*uids, old}) == 3
    assert [one.uid for one in state.settings.pool_groups] == uids
    assert answer.pool_groups[0].pools[0].HasField("password")


def test_applied_pools_restart_mining_and_keep_a_pause(state: MinerState) -> None:
    state.pause()
    daemon = state.run.daemon
    request = pool_pb.SetPoolGroupsRequest(save_action=2, pool_groups=[group()])
    call(state, "PoolService/SetPoolGroups", request)
    assert state.run.paused
    assert state.run.daemon != daemon


def test_groups_are_created_updated_and_removed_by_uid(state: MinerState) -> None:
    create = pool_pb.CreatePoolGroupRequest(save_action=1, group=group())
    uid = call(state, "PoolService/CreatePoolGroup", create).group.uid
    changed = group("stratum+ssl://other:443")
    changed.uid = uid
    update = pool_pb.UpdatePoolGroupRequest(save_action=1, group=changed)
    assert call(state, "PoolService/UpdatePoolGroup", update).group.uid == uid
    assert state.settings.pool_groups[1].pools[0].url == "stratum+ssl://other:443"
    remove = pool_pb.RemovePoolGroupRequest(save_action=1, uid=uid)
    call(state, "PoolService/RemovePoolGroup", remove)
    assert len(state.settings.pool_groups) == 1
    assert refused(state, "PoolService/RemovePoolGroup", remove) is Kind.NOT_FOUND


def test_pool_without_a_known_scheme_is_invalid(state: MinerState) -> None:
    request = pool_pb.SetPoolGroupsRequest(pool_groups=[group("http://pool")])
    assert refused(state, "PoolService/SetPoolGroups", request) is Kind.INVALID
    assert state.settings.pool_groups[0].name == "default"


def test_stopped_daemon_has_no_uptime_and_starts_again(state: MinerState) -> None:
    assert not call(state, "ActionsService/Stop", actions_pb.StopRequest()).already_stopped
    assert call(state, "ActionsService/Stop", actions_pb.StopRequest()).already_stopped
    assert (state.daemon_uptime(), int(state.status())) == (0, 1)
    assert not call(state, "ActionsService/Start", actions_pb.StartRequest()).already_running
    assert int(state.status()) == 2


def test_factory_reset_forgets_settings_and_holds_the_task(state: MinerState) -> None:
    state.settings.password = "mine"
    call(state, "ActionsService/FactoryReset", actions_pb.FactoryResetRequest())
    assert state.settings.password == "root"
    again = actions_pb.FactoryResetRequest()
    assert refused(state, "ActionsService/FactoryReset", again) is Kind.BUSY


def test_password_can_be_changed_and_cleared(state: MinerState) -> None:
    call(state, "AuthenticationService/SetPassword", authentication_pb.SetPasswordRequest())
    login = authentication_pb.LoginRequest(username="root", password="root")
    assert refused(state, "AuthenticationService/Login", login) is Kind.UNAUTHENTICATED
    login.password = ""
    assert call(state, "AuthenticationService/Login", login).timeout_s == 3600


def test_automatic_upgrades_keep_their_schedule(state: MinerState) -> None:
    request = upgrade_pb.UpdateAutoUpgradeConfigRequest(enabled=True)
    request.schedule.daily.time.hours = 3
    call(state, "UpgradeService/UpdateAutoUpgradeConfig", request)
    ask = upgrade_pb.GetAutoUpgradeStatusRequest()
    status = call(state, "UpgradeService/GetAutoUpgradeStatus", ask)
    assert status.enabled
    assert status.schedule.daily.time.hours == 3


@pytest.mark.parametrize("size", [0, 1 << 40])
def test_upload_of_an_impossible_size_is_refused(state: MinerState, size: int) -> None:
    first = upgrade_pb.SystemUpgradeRequest()
    first.metadata.size = size
    with pytest.raises(Refusal, match="not possible"):
        Upload(state, first)
    assert state.task is None


def test_upload_keeps_to_the_order_and_size_declared(state: MinerState) -> None:
    data = upgrade_pb.SystemUpgradeRequest(data=b"12345")
    with pytest.raises(Refusal, match="first message"):
        Upload(state, data)
    first = upgrade_pb.SystemUpgradeRequest()
    first.metadata.size = 8
    upload = Upload(state, first)
    upload.take(data)
    with pytest.raises(Refusal, match="received 5 bytes of 8"):
        upload.finish()
    with pytest.raises(Refusal, match="only the first"):
        upload.take(first)
    with pytest.raises(Refusal, match="longer"):
        upload.take(data)


def test_upload_with_another_hash_is_refused(state: MinerState) -> None:
    first = upgrade_pb.SystemUpgradeRequest()
    first.metadata.size, first.metadata.hash = 5, "0" * 64
    upload = Upload(state, first)
    upload.take(upgrade_pb.SystemUpgradeRequest(data=b"12345"))
    with pytest.raises(Refusal, match="hash") as caught:
        upload.finish()
    assert caught.value.kind is Kind.INTERNAL


async def test_login_puts_the_token_into_the_initial_metadata_too() -> None:
    async with running_miner(own_address()) as miner:
        async with grpc.aio.insecure_channel(f"{miner.address}:{miner.ports.grpc}") as channel:
            path = f"{V1}AuthenticationService/Login"
            method: Any = channel.unary_unary(
                path, _bytes, authentication_pb.LoginResponse.FromString
            )
            call = method(authentication_pb.LoginRequest(username="root", password="root"))
            metadata, answer = await asyncio.gather(call.initial_metadata(), call)
        assert dict(metadata)["authorization"] == answer.token


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())

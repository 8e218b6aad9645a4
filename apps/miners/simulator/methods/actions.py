"""Start, stop, pause, reboot and the locate light of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_actions_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.settings import factory_settings
from apps.miners.simulator.state import MinerState


def start(state: MinerState, _request: pb.StartRequest) -> pb.StartResponse:
    running = state.run.daemon is not None
    if not running:
        state.start_daemon()
    state.history.record("start")
    return pb.StartResponse(already_running=running)


def stop(state: MinerState, _request: pb.StopRequest) -> pb.StopResponse:
    stopped = state.run.daemon is None
    state.stop_daemon()
    state.history.record("stop")
    return pb.StopResponse(already_stopped=stopped)


def restart(state: MinerState, _request: pb.RestartRequest) -> pb.RestartResponse:
    running = state.run.daemon is not None
    state.start_daemon()
    state.history.record("restart")
    return pb.RestartResponse(already_running=running)


def pause(state: MinerState, _request: pb.PauseMiningRequest) -> pb.PauseMiningResponse:
    already = state.pause()
    state.history.record("pause")
    return pb.PauseMiningResponse(already_paused=already)


def resume(state: MinerState, _request: pb.ResumeMiningRequest) -> pb.ResumeMiningResponse:
    already = state.resume()
    state.history.record("resume")
    return pb.ResumeMiningResponse(already_mining=already)


def reboot(state: MinerState, _request: pb.RebootRequest) -> pb.RebootResponse:
    state.history.record("reboot")
    state.reboot(None)
    return pb.RebootResponse()


def factory_reset(state: MinerState, _request: pb.FactoryResetRequest) -> pb.FactoryResetResponse:
    state.claim_task("factory reset")
    state.settings = factory_settings(state.profile)
    state.history.record("factory_reset")
    state.reboot(None)
    return pb.FactoryResetResponse()


def set_locate(
    state: MinerState, request: pb.SetLocateDeviceStatusRequest
) -> pb.LocateDeviceStatusResponse:
    state.located = request.enable
    state.history.record("locate", enabled=request.enable)
    return pb.LocateDeviceStatusResponse(enabled=state.located)


def get_locate(
    state: MinerState, _request: pb.GetLocateDeviceStatusRequest
) -> pb.LocateDeviceStatusResponse:
    return pb.LocateDeviceStatusResponse(enabled=state.located)


METHODS: Methods = {
    "Start": start,
    "Stop": stop,
    "Restart": restart,
    "PauseMining": pause,
    "ResumeMining": resume,
    "Reboot": reboot,
    "FactoryReset": factory_reset,
    "SetLocateDeviceStatus": set_locate,
    "GetLocateDeviceStatus": get_locate,
}

"""The loop players of a simulated Core: what plays on which output, what waits, what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from apps.qsys.simulator.core import Component, Core, Job
from apps.qsys.simulator.lookup import component, take
from apps.qsys.simulator.peer import Method, Peer
from apps.qsys.simulator.rpc import INVALID_PARAMS, MISSING_FILE, UNKNOWN_COMPONENT, RpcError

NOW: Final = -1
AFTER_CURRENT: Final = -2
PLAYING, WAITING = "Playing", "Waiting"


class File(msgspec.Struct, rename="pascal"):
    """One file on one output."""

    name: str
    output: int
    mode: str = "mono"


class StartParams(msgspec.Struct, rename="pascal"):
    """LoopPlayer.Start; `start_time` is a second of the day, -1 or -2."""

    name: str
    start_time: int
    files: list[File]
    loop: bool = False
    seek: float = 0.0
    log: bool = False
    ref_id: str = msgspec.field(default="", name="RefID")


class OutputsParams(msgspec.Struct, rename="pascal"):
    """LoopPlayer.Stop and Cancel."""

    name: str
    outputs: list[int]
    log: bool = False


def start(peer: Peer, params: Any) -> Any:
    """LoopPlayer.Start. A start in the past is taken, and fails by a push."""
    given = take(params, StartParams)
    player = _player(peer, given.name)
    jobs = peer.core.playing.setdefault(player.name, {})
    for file in given.files:
        _require_playable(peer.core, player, file)
    if given.start_time >= 0 and given.start_time < _second_of_day(peer.core):
        peer.push("LoopPlayer.Error", {"Error": "JobInPast", "RefId": given.ref_id})
        return peer.core.dialect.ack
    waits = given.start_time >= 0 or given.start_time == AFTER_CURRENT
    for file in given.files:
        state = WAITING if waits and _waits(jobs, file.output, given.start_time) else PLAYING
        jobs[file.output] = Job(file.name, state, given.loop, given.start_time)
        player.controls[f"output.{file.output}.next"].write(file.name)
    return peer.core.dialect.ack


def _waits(jobs: dict[int, Job], output: int, at: int) -> bool:
    """A timed job waits for its time; one after the current for an end, if something plays."""
    return at >= 0 or output in jobs


def _require_playable(core: Core, player: Component, file: File) -> None:
    if f"output.{file.output}.gain" not in player.controls:
        raise RpcError(INVALID_PARAMS, f"'{player.name}' has no output {file.output}")
    if file.name not in core.media:
        raise RpcError(MISSING_FILE, f"File '{file.name}' does not exist")


def stop(peer: Peer, params: Any) -> Any:
    """LoopPlayer.Stop: what plays."""
    return _end(peer, params, PLAYING)


def cancel(peer: Peer, params: Any) -> Any:
    """LoopPlayer.Cancel: what waits."""
    return _end(peer, params, WAITING)


def _end(peer: Peer, params: Any, state: str) -> Any:
    given = take(params, OutputsParams)
    player = _player(peer, given.name)
    jobs = peer.core.playing.setdefault(player.name, {})
    for output in given.outputs:
        if output in jobs and jobs[output].state == state:
            del jobs[output]
            player.controls[f"output.{output}.next"].write("")
    return peer.core.dialect.ack


def _player(peer: Peer, name: str) -> Component:
    found = component(peer, name)
    if found.spec.type != "loop_player":
        raise RpcError(UNKNOWN_COMPONENT, f"'{name}' is no loop player")
    return found


def _second_of_day(core: Core) -> int:
    local = datetime.fromtimestamp(core.wall()).astimezone()
    return local.hour * 3600 + local.minute * 60 + local.second


METHODS: Final[dict[str, Method]] = {
    "LoopPlayer.Start": start,
    "LoopPlayer.Stop": stop,
    "LoopPlayer.Cancel": cancel,
}

"""Heartbeats of the processes that poll, and ending one that is frozen."""

import os
import signal
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
import structlog

from apps.fleet.shardkeys import DELETE_OF_EPOCH, LEASE_MS, ShardKey
from apps.kernel.valkey import valkey

#: Seconds without a heartbeat after which a child counts as frozen: two leases.
FROZEN_AFTER: Final = 2 * LEASE_MS / 1000
#: Seconds without a heartbeat after which a process that is gone counts as dead: two beats, so
#: that nobody whose number means something else here is mistaken for it.
DEAD_AFTER: Final = 2.0
#: Seconds after which the beat of a process on another, lost host is forgotten.
FORGOTTEN_AFTER: Final = 3_600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart from a later one with the same number by when it started."""

    host: str
    pid: int
    parent: int
    started: int

    @classmethod
    def here(cls) -> "Process":
        """This process."""
        pid = os.getpid()
        return cls(socket.gethostname(), pid, os.getppid(), _started(pid) or 0)

    def is_gone(self) -> bool:
        """Whether it ran on this host and does no more."""
        return self.host == socket.gethostname() and not self.runs()

    def runs(self) -> bool:
        """Whether there is such a process here; one that only waits to be buried is none."""
        return _started(self.pid) == self.started and _stat(self.pid)[:1] != ["Z"]

    def is_ours(self) -> bool:
        """Whether it still runs on this host as the child of a worker of this account."""
        if self.host != socket.gethostname() or not self.started:
            return False
        same = _started(self.pid) == self.started and _parent(self.pid) == self.parent
        return same and _owner(self.pid) == os.getuid() and _is_worker(self.parent)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process last said of a shard. `at` is in seconds on the clock of Valkey."""

    epoch: int
    at: float
    process: Process


def write(key: ShardKey) -> None:
    """Say that this process polls the shard."""
    text = orjson.dumps({"at": now(), "process": asdict(Process.here())})
    valkey().hset(key.beats, str(key.epoch), text)


def forget(key: ShardKey) -> None:
    """The process no longer polls under this epoch."""
    valkey().hdel(key.beats, str(key.epoch))


def read(key: ShardKey) -> list[Beat]:
    """The heartbeats of a shard, newest epoch last."""
    found = []
    for epoch, text in valkey().hgetall(key.beats).items():
        data = orjson.loads(text)
        found.append(Beat(int(epoch), data["at"], Process(**data["process"])))
    return sorted(found, key=lambda beat: beat.epoch)


def now() -> float:
    """Seconds on the clock of Valkey, which all hosts share."""
    seconds, micros = valkey().time()
    return float(seconds) + float(micros) / 1e6


def free_dead(key: ShardKey, *, after: float = DEAD_AFTER) -> bool:
    """Give up the lease of a holder that died on this host; whether there was one.

    Its successor then need not wait until the lease expires.
    """
    moment = now()
    dead = [one for one in read(key) if moment - one.at >= after and one.process.is_gone()]
    for beat in dead:
        log.warning("dead poller's shard freed", shard=str(key), pid=beat.process.pid)
        valkey().eval(DELETE_OF_EPOCH, 1, key.lease, f"{beat.epoch}:")
        valkey().hdel(key.beats, str(beat.epoch))
    return bool(dead)


def end_frozen(key: ShardKey, *, after: float = FROZEN_AFTER) -> list[int]:
    """Kill the processes of this host that hold the shard's slot and say nothing; their pids."""
    moment, ended = now(), []
    for beat in read(key):
        silent = moment - beat.at
        if silent < after:
            continue
        if beat.process.is_ours():
            log.warning("frozen poller killed", shard=str(key), pid=beat.process.pid)
            os.kill(beat.process.pid, signal.SIGKILL)
            ended.append(beat.process.pid)
        if beat.process.host == socket.gethostname() or silent > FORGOTTEN_AFTER:
            valkey().hdel(key.beats, str(beat.epoch))
    return ended


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the command; none where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _started(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[19]) if len(fields) > 19 else None


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if len(fields) > 1 else None


def _owner(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def _is_worker(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"celery" in words

"""The one state that all faces of a simulated miner show and change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from apps.kernel.clock import Clock
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.simulator.faults import Faults, names_method
from apps.miners.simulator.hashing import IDLE_WATTS, Curve, mean_ramp, noise, ramp_at
from apps.miners.simulator.heat import chip_celsius, overheats, scaled
from apps.miners.simulator.history import History
from apps.miners.simulator.profile import FIRMWARE, Profile
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.releases import newer_than
from apps.miners.simulator.settings import Settings, factory_settings
from apps.miners.simulator.tokens import Tokens

MinerStatus = miner_pb.MinerStatus


@dataclass(slots=True)
class Run:
    """Since when things run, on the monotonic clock; None while they do not."""

    booted: float
    daemon: float | None
    mining: float | None
    paused: bool = False


def _no_reboot(_seconds: float | None) -> None:
    """What a reboot does before the faces are attached: nothing."""


def _no_move(_address: str) -> None:
    """What a new address does before the faces are attached: nothing."""


def _no_leave() -> None:
    """What leaving for other firmware does before the faces are attached: nothing."""


class MinerState:
    """Settings, run, version, tokens, faults and history of one miner."""

    def __init__(self, profile: Profile, clock: Clock, *, ramp_seconds: float = 5.0) -> None:
        self.profile = profile
        self.clock = clock
        self.ramp_seconds = ramp_seconds
        self.settings: Settings = factory_settings(profile)
        self.version = FIRMWARE
        self.next_version: str | None = None
        self.task: str | None = None
        self.located = False
        self.errors: list[miner_pb.MinerError] = []
        self.tokens = Tokens(clock)
        self.faults = Faults()
        self.history = History(clock)
        self.curve = Curve(profile.power.default, profile.hashrate.default)
        self.performance = self.settings.performance
        # Set by whoever owns the faces; takes the seconds down, None for the usual.
        self.reboot: Callable[[float | None], None] = _no_reboot
        # The same for a new address and for the vendor's firmware, which has no such faces.
        self.move: Callable[[str], None] = _no_move
        self.leave: Callable[[], None] = _no_leave
        # Where it is found; the one of its birth until somebody sets another.
        self.address = profile.address
        self._seed = crc32(profile.address.encode()) % 1000
        self.run = self._fresh_run()

    def _fresh_run(self) -> Run:
        now = self.clock.monotonic()
        return Run(booted=now, daemon=now, mining=now)

    # -- life

    def boot(self) -> None:
        """What is true after power-on: saved settings apply, tokens are gone, mining begins."""
        if self.next_version is not None:
            self.version, self.next_version = self.next_version, None
        self.task = None
        self.errors = []
        static = self.settings.network.HasField("static")
        self.address = self.settings.network.static.address if static else self.profile.address
        self.performance = self.settings.performance
        self.tokens.drop_all()
        self.run = self._fresh_run()

    def start_daemon(self) -> None:
        """The mining daemon starts anew, with the saved settings."""
        self.performance = self.settings.performance
        self.run.daemon = self.run.mining = self.clock.monotonic()
        self.run.paused = False

    def stop_daemon(self) -> None:
        self.run.daemon = self.run.mining = None

    def pause(self) -> bool:
        """Boards off; whether they were already."""
        already = self.run.paused
        if self.faults.ignore_pause:
            self.faults.ignore_pause -= 1
            return already
        self.run.paused, self.run.mining = True, None
        return already

    def resume(self) -> bool:
        """Boards on, ramping; whether they were already."""
        if not self.run.paused:
            return True
        self.run.paused, self.run.mining = False, self.clock.monotonic()
        return False

    def claim_task(self, name: str) -> None:
        """Takes the one place for a system task, or refuses while another runs."""
        if self.task is not None or self.faults.busy is not None:
            words = f"another system task is already running: {self.task or 'unknown'}"
            raise Refusal(Kind.BUSY, words, code=self.faults.busy)
        self.task = name

    def ramp_again(self) -> None:
        """Mining begins anew where it is meant to run, as after a halt of its own."""
        if self.run.mining is not None:
            self.run.mining = self.clock.monotonic()

    # -- readings

    def status(self) -> miner_pb.MinerStatus:
        if self.run.daemon is None:
            return MinerStatus.MINER_STATUS_NOT_STARTED
        if self.run.paused:
            return MinerStatus.MINER_STATUS_PAUSED
        if self.faults.thermal_pause or self.faults.dead_pools:
            return MinerStatus.MINER_STATUS_SUSPENDED
        if self._overheats() or not self.boards():
            return MinerStatus.MINER_STATUS_SUSPENDED
        return MinerStatus.MINER_STATUS_NORMAL

    def boards(self) -> tuple[str, ...]:
        """Boards that are switched on."""
        return tuple(b for b in self.profile.board_ids if b not in self.settings.boards_off)

    def ramping(self) -> bool:
        return self._mining_for() < self._ramp()

    def preheating(self) -> bool:
        """Whether the first fifth of a ramp runs, in which chips are only warmed."""
        return self._mining_for() < self._ramp() / 5

    def target_watts(self) -> float:
        """Power the tuner works towards, in W."""
        tuner = self.performance.tuner_mode
        if tuner.HasField("power_target"):
            return float(tuner.power_target.power_target.watt)
        if tuner.HasField("hashrate_target"):
            return self.curve.watts_at(tuner.hashrate_target.hashrate_target.terahash_per_second)
        return self.profile.power.default

    def nominal_gigahash(self) -> float:
        """Rate in GH/s that target, scaling and the boards there are promise."""
        return self.curve.terahash_at(self._goal_watts()) * 1000 * self._boards_share()

    def gigahash(self, window: float) -> float:
        """Mean rate over the last `window` seconds, in GH/s; 0 while nothing is mined."""
        if self.status() != MinerStatus.MINER_STATUS_NORMAL:
            return 0.0
        share = mean_ramp(self._mining_for(), window, self._ramp())
        wander = noise(self._seed, self.clock.monotonic(), window)
        return self.nominal_gigahash() * share * wander * self.faults.hashrate

    def watts(self) -> int:
        """Power drawn now, in W."""
        if self.status() != MinerStatus.MINER_STATUS_NORMAL:
            return IDLE_WATTS
        share = ramp_at(self._mining_for(), self._ramp()) * self._boards_share()
        wander = noise(self._seed, self.clock.monotonic(), 5.0)
        return round(IDLE_WATTS + (self._goal_watts() - IDLE_WATTS) * share * min(wander, 1.0))

    def temperature(self) -> float:
        """Hottest chip, in °C: 25 in the hall, near 75 at full power."""
        heat = chip_celsius(self.settings.cooling, self.load())
        return 96.0 if self.faults.thermal_pause else round(heat, 1)

    def load(self) -> float:
        """Power drawn, as a share of the default power."""
        return self.watts() / self.profile.power.default

    def uptime(self) -> int:
        """Seconds since power-on."""
        return int(self.clock.monotonic() - self.run.booted)

    def daemon_uptime(self) -> int:
        """Seconds the mining daemon runs; 0 while it does not."""
        return 0 if self.run.daemon is None else int(self.clock.monotonic() - self.run.daemon)

    def shares(self) -> int:
        """Shares accepted since the daemon started: one every two seconds of mining."""
        return 0 if self.run.mining is None else int(self._mining_for() / 2)

    def lacks(self, path: str) -> bool:
        """Whether the firmware does not have the method of this path."""
        return names_method(path, self.missing())

    def missing(self) -> frozenset[str]:
        """Methods the firmware does not have: newer than it is, or said to be missing."""
        return self.faults.unimplemented | newer_than(self.version)

    def _goal_watts(self) -> float:
        """The target in W after dynamic power scaling."""
        full = self.profile.power.default
        return scaled(self.settings.cooling, self.settings.dps, self.target_watts(), full)

    def _overheats(self) -> bool:
        return overheats(self.settings.cooling, self._goal_watts() / self.profile.power.default)

    def _boards_share(self) -> float:
        return len(self.boards()) / len(self.profile.board_ids)

    def _ramp(self) -> float:
        return self.settings.ramp_up_s or self.ramp_seconds

    def _mining_for(self) -> float:
        return 0.0 if self.run.mining is None else self.clock.monotonic() - self.run.mining

"""Keeps the children running: starts them, restarts the dead with back-off, stops them in order."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import FrameType

from apps.ops.launcher.backoff import Backoff
from apps.ops.launcher.errors import LaunchError, StopRequested
from apps.ops.launcher.logs import tail, trim
from apps.ops.launcher.process import Child, Phase, Spec
from apps.ops.launcher.say import say
from apps.ops.launcher.state import State, write_json

STOP_BY = {Phase.WORK: 3.2, Phase.CACHE: 3.7, Phase.STORE: 4.8}
"""When a phase must have ended, in seconds from the order to stop; then its groups are killed.
Time one phase leaves is the next one's: PostgreSQL writes its last checkpoint in it."""
TRIM_EVERY = 60.0
HOPELESS = 3
"""Deaths of a child during a wait for it, after which waiting on is pointless."""


class Supervisor:
    """The children of one launch. One thread: a child dies with the thread that forked it."""

    def __init__(
        self,
        state: State,
        *,
        pause: float = 0.05,
        backoff: Callable[[], Backoff] = Backoff,
        stop_by: dict[Phase, float] | None = None,
    ) -> None:
        self._state = state
        self._pause = pause
        self._new_backoff = backoff
        self._stop_by = stop_by or STOP_BY
        self._children: dict[str, Child] = {}
        self._waiting: dict[str, tuple[float, Spec]] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._deaths: Counter[str] = Counter()
        self._stop_signals = 0
        self._next_trim = time.monotonic() + TRIM_EVERY

    # -- signals

    def catch_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask for an orderly stop; call it before the first child."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_asked)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` wants us to go on
            signal.signal(signal.SIGHUP, self._stop_asked)

    def _stop_asked(self, number: int, frame: FrameType | None) -> None:
        self._stop_signals += 1

    # -- running

    def start(self, *specs: Spec) -> None:
        """Starts children that are to run until the stop."""
        for spec in specs:
            self._check_stop()
            self._children[spec.name] = Child(spec, self._state.log)
        self._publish()

    def run(self, spec: Spec, timeout: float) -> None:
        """Runs a child to its end; raises LaunchError when it fails or takes too long."""
        child = Child(spec, self._state.log)
        try:
            self.wait(lambda: child.status() is not None, timeout, f"`{spec.name}`", spec.name)
        finally:
            status = child.status()
            child.destroy()
        if status:
            raise self.failure(f"`{spec.name}` failed (exit status {status})", spec.name)

    def wait(
        self, done: Callable[[], bool], timeout: float, what: str, log: str | None = None
    ) -> None:
        """Waits for a condition while looking after the children (seconds).

        `log` names the child on whose side the fault is when it does not come true.
        """
        give_up = time.monotonic() + timeout
        known = self._deaths[log or ""]
        while not done():
            if self._deaths[log or ""] - known >= HOPELESS:
                raise self.failure(f"{log} died {HOPELESS} times in a row", log)
            if time.monotonic() >= give_up:
                raise self.failure(f"{what} did not get there in {timeout:g} s", log)
            self.look()

    def watch(self) -> None:
        """Looks after the children until a stop is asked for (raises StopRequested)."""
        self._pause = max(self._pause, 0.2)
        while True:
            self.look()

    def look(self) -> None:
        """One round: notice the dead, start what is due, rest."""
        self._check_stop()
        now = time.monotonic()
        changed = self._bury(now) | self._revive(now)
        if changed:
            self._publish()
        if now >= self._next_trim:
            self._next_trim = now + TRIM_EVERY
            trim(self._state.log)
        time.sleep(self._pause)

    def failure(self, sentence: str, log: str | None) -> LaunchError:
        """A failure with the end of the log that explains it."""
        if log is None:
            return LaunchError(f"{sentence}.")
        path = self._state.log / f"{log}.log"
        return LaunchError(f"{sentence}. The end of {path}:\n{tail(self._state.log, log)}")

    def _bury(self, now: float) -> bool:
        dead = [child for child in self._children.values() if child.status() is not None]
        for child in dead:
            name = child.spec.name
            status = child.status()
            child.destroy()  # what its group left would hold ports and leases
            del self._children[name]
            backoff = self._backoffs.setdefault(name, self._new_backoff())
            wait = backoff.after(now - child.since)
            self._waiting[name] = (now + wait, child.spec)
            self._deaths[name] += 1
            log = self._state.log / f"{name}.log"
            say(f"{name} ended (status {status}); starting it again in {wait:g} s. See {log}")
        return bool(dead)

    def _revive(self, now: float) -> bool:
        due = [spec for at, spec in self._waiting.values() if at <= now]
        for spec in due:
            del self._waiting[spec.name]
            self._children[spec.name] = Child(spec, self._state.log)
        return bool(due)

    # -- stopping

    def stop(self) -> None:
        """Asks every child to stop, phase by phase; kills what does not in its time."""
        self._waiting.clear()
        began = time.monotonic()
        for phase in Phase:
            children = [child for child in self._children.values() if child.spec.phase is phase]
            self._stop_phase(children, began + self._stop_by[phase])
        self._children.clear()
        self._publish()

    def _stop_phase(self, children: Sequence[Child], give_up: float) -> None:
        for child in children:
            child.ask_to_stop()
        asked = self._stop_signals
        while any(child.status() is None for child in children):
            if time.monotonic() >= give_up or self._stop_signals > asked + 1:
                break
            time.sleep(0.02)
        for child in children:
            if child.status() is None:
                say(f"{child.spec.name} did not stop in time; ending it")
            child.destroy()

    def _check_stop(self) -> None:
        if self._stop_signals:
            raise StopRequested

    def _publish(self) -> None:
        pids = {name: child.pid for name, child in self._children.items()}
        write_json(self._state.children, pids)

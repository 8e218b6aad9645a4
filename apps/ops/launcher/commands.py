"""The one source of every long-running command: the launcher's children and the containers."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from apps.ops.launcher import site

SERVICES = ("web", "worker", "ticks", "poller", "beat")
POLLED_FAMILIES = 2
"""Families of devices that have a poller: Cores and miners."""
STOP_SECONDS = 2
"""What a web server gives open requests and streams at its stop: a second less than the supervisor
gives the server (STOP_BY), for a machine that is busy."""
OPEN_MOST = 24_000
"""Requests that granian has open at once. A stream is one for as long as it stands, and granian
stops answering anybody at this number (its own is 1,024); the faces refuse streams before."""


@dataclass(frozen=True)
class Commands:
    """Command lines for one Python and one set of addresses."""

    python: str = sys.executable
    host: str = "127.0.0.1"
    port: int = 8000
    server: str = "granian"
    poller_shards: int = 1
    beat_schedule: str = "beat-schedule"

    def service(self, name: str) -> list[str]:
        """The command of one of SERVICES."""
        build = {
            "web": self.web,
            "worker": self.worker,
            "ticks": self.ticks,
            "poller": self.poller,
            "beat": self.beat,
        }
        return build[name]()

    def web(self) -> list[str]:
        """The ASGI server the options name, one process, WebSockets on."""
        application = "controlplane.asgi:application"
        port = str(self.port)
        stop = str(STOP_SECONDS)
        address = ["--host", self.host, "--port", port]
        arguments = {
            "granian": [
                *("--interface", "asgi", *address, "--workers", "1"),
                *("--workers-kill-timeout", stop, "--no-access-log"),
                *("--backpressure", str(OPEN_MOST)),
            ],
            "uvicorn": [
                *(*address, "--workers", "1", "--no-access-log"),
                *("--timeout-graceful-shutdown", stop),
            ],
            "daphne": ["-b", self.host, "-p", port, "--application-close-timeout", stop],
        }
        return [self.python, "-m", self.server, *arguments[self.server], application]

    def worker(self) -> list[str]:
        """Steps of jobs and rollouts."""
        return self._worker("worker", "jobs", "prefork", 2)

    def ticks(self) -> list[str]:
        """What beat starts: short, and never behind a long job."""
        return self._worker("ticks", "ticks", "threads", 4)

    def poller(self) -> list[str]:
        """One endless task a shard, and one spare place for a frozen child's successor."""
        places = POLLED_FAMILIES * self.poller_shards + 1
        command = self._worker("poller", "pollers", "prefork", places)
        return [*command, "--prefetch-multiplier", "1"]

    def beat(self) -> list[str]:
        """The clock. An empty pid file name: a stale file would block the restart."""
        schedule = ["-s", self.beat_schedule]
        return [*self._celery("controlplane.clock"), "beat", "--pidfile=", *schedule, "-l", "info"]

    def migrate(self) -> list[str]:
        return self.manage("migrate", "--noinput")

    def manage(self, *arguments: str) -> list[str]:
        """A management command."""
        return [self.python, "manage.py", *arguments]

    def _celery(self, application: str) -> list[str]:
        return [self.python, "-m", "celery", "-A", application]

    def _worker(self, node: str, queue: str, pool: str, places: int) -> list[str]:
        kind = ["-Q", queue, "-n", f"{node}@%h", "-P", pool, "-c", str(places)]
        quiet = ["--without-gossip", "--without-mingle", "-l", "info"]
        return [*self._celery("controlplane"), "worker", *kind, *quiet]


def core_simulator(python: str, network: str, offset: int, control: str) -> list[str]:
    """The process that plays the site's Q-SYS Cores; `offset` is added to their ports."""
    cores = _named("--core", site.cores(network))
    return [python, "-m", "apps.qsys.simulator", *cores, *_ports(offset), "--control", control]


def miner_simulator(python: str, network: str, offset: int, control: str) -> list[str]:
    """The process that plays the site's miners."""
    miners = _named("--miner", site.miners(network))
    return [python, "-m", "apps.miners.simulator", *miners, *_ports(offset), "--control", control]


def _named(flag: str, devices: Sequence[site.SimulatedDevice]) -> list[str]:
    return [part for device in devices for part in (flag, f"{device.address}={device.name}")]


def _ports(offset: int) -> list[str]:
    return ["--port-offset", str(offset)] if offset else []

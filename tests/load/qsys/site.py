"""The world of a bench: engines, simulators and pollers in processes, devices."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import django

from tests.load.bench import pss_megabytes, tree_cpu_seconds
from tests.support.engines import Engines
from tests.support.qsys import OFFSET, ROOT, own_address

PORT: Final = 1710 + OFFSET
#: One process of simulated Cores has so many; their doors are file descriptors.
CORES_A_PROCESS: Final = 100
#: Pollers have the upper half of the processors for themselves; simulators, stores and readers
#: share the lower half, so that a simulator does not delay the polls that it is asked by.
_ALL: Final = sorted(os.sched_getaffinity(0))
POLLER_CPUS: Final = _ALL[len(_ALL) // 2 :]
OTHER_CPUS: Final = _ALL[: (len(_ALL) + 1) // 2]


class Processes:
    """Child processes of a kind, and the CPU they have used."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids

    def cpu(self) -> float:
        """CPU seconds so far, children included."""
        return sum(map(tree_cpu_seconds, self.pids))

    def memory(self) -> float:
        """The largest one's share of memory, MB."""
        return max(map(pss_megabytes, self.pids))


@contextlib.contextmanager
def simulators(hosts: list[str], *options: str) -> Iterator[Processes]:
    """A Core at each address, at most CORES_A_PROCESS in each process."""
    parts = [hosts[n : n + CORES_A_PROCESS] for n in range(0, len(hosts), CORES_A_PROCESS)]
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(_simulator(part, options)) for part in parts]
        for child in children:
            until_said(child, "ready")
        yield Processes([child.pid for child in children])


def addresses(count: int) -> list[str]:
    """Loopback addresses that no other process uses at the same time."""
    nets = [own_address(1 + n).rsplit(".", 1)[0] for n in range(1 + count // 250)]
    return [f"{nets[n // 250]}.{1 + n % 250}" for n in range(count)]


@contextlib.contextmanager
def _simulator(hosts: list[str], options: tuple[str, ...]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "apps.qsys.simulator", "--port-offset", str(OFFSET)]
    command += [f"--core={host}=Core {host}" for host in hosts]
    with started([*command, *options], OTHER_CPUS) as child:
        yield child


@contextlib.contextmanager
def started(command: list[str], cpus: list[int]) -> Iterator[subprocess.Popen[str]]:
    """A process on these processors, with pipes, ended after the block."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as child:  # type: ignore[call-overload]
        os.sched_setaffinity(child.pid, cpus)
        try:
            yield child
        finally:
            child.terminate()
            child.wait(timeout=30)


def until_said(child: subprocess.Popen[str], word: str) -> None:
    """Wait for a line of a process; raises SystemExit when it ends before."""
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == word:
            return
    raise SystemExit(f"{child.args!r} ended before it said {word}")


class Stores:
    """PostgreSQL and Valkey of one bench; Django is set up on them."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines

    def cpu(self) -> float:
        """CPU seconds of PostgreSQL and Valkey, of back-ends that have ended as well."""
        return sum(
            tree_cpu_seconds(child.pid) + _ended_children(child.pid)
            for child in self.engines._children
        )


@contextlib.contextmanager
def stores(hosts: list[str], port: int = PORT) -> Iterator[Stores]:
    """Engines with a migrated database, allowed to talk to `hosts` at `port`."""
    engines = Engines()
    try:
        os.environ.update(engines.start())
        for child in engines._children:
            os.sched_setaffinity(child.pid, OTHER_CPUS)
        os.environ["DEVICE_NETWORKS"] = ",".join(f"{host}/32:{port}" for host in hosts)
        os.environ["DJANGO_SETTINGS_MODULE"] = "controlplane.settings"
        engines.state.metrics.mkdir(exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(engines.state.metrics)
        django.setup()
        _migrate()
        yield Stores(engines)
    finally:
        engines.stop()


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def register(hosts: list[str], *, shards: list[int], hz: float = 33.0) -> list[Any]:
    """A device for each host, watched whole at `hz`; they are dealt to the shards in turn."""
    from apps.fleet.models import Device, DeviceState
    from apps.qsys.models import Watch
    from apps.qsys.poller.rows import core_ensure
    from tests.support import factories

    tenant = factories.tenant()
    devices: list[Device] = []
    for number, host in enumerate(hosts):
        device: Device = factories.device(
            tenant, address=host, ports={"qrc": PORT}, shard=shards[number % len(shards)]
        )
        DeviceState.objects.create(device=device)
        core_ensure(device)
        devices.append(device)
    Watch.system.filter(name="levels").update(controls=["*"], rate_hz=hz)
    Watch.system.exclude(name="levels").delete()
    return devices


@contextlib.contextmanager
def audience() -> Iterator[None]:
    """Somebody who reads every live frame, as a web process with an open page does."""
    command = [sys.executable, "-m", "tests.load.qsys.audience", os.environ["REDIS_URL"]]
    with started(command, OTHER_CPUS):
        yield


class Workers(Processes):
    """Poller processes, one a shard, that answer questions on their standard input."""

    def __init__(self, children: list[subprocess.Popen[str]]) -> None:
        super().__init__([child.pid for child in children])
        self._children = children

    def ask(self, question: str) -> list[dict[str, Any]]:
        """The answers of all, asked at the same moment."""
        for child in self._children:
            assert child.stdin is not None
            child.stdin.write(question + "\n")
            child.stdin.flush()
        return [self._answer(child) for child in self._children]

    def _answer(self, child: subprocess.Popen[str]) -> dict[str, Any]:
        assert child.stdout is not None
        while line := child.stdout.readline():
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise SystemExit(f"a worker ended with code {child.wait()}")


@contextlib.contextmanager
def workers(module: str, *arguments: list[str]) -> Iterator[Workers]:
    """A worker process for each list of arguments, started and answering."""
    with contextlib.ExitStack() as stack:
        commands = [[sys.executable, "-m", module, *one] for one in arguments]
        found = Workers(
            [stack.enter_context(started(command, POLLER_CPUS)) for command in commands]
        )
        found.ask("ready")
        yield found


def _ended_children(pid: int) -> float:
    """CPU seconds of the children of a process that have ended and been waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

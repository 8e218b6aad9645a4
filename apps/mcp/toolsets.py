"""Which tools a caller is shown: sets by address or header, so that every list stays short."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from apps.kernel.errors import Code, Failure, nearest
from apps.mcp.visit import Visit
from apps.operations.core import AnyOperation

#: Names of sets, with commas between them; those of the address (`/mcp/qsys`) count as well.
HEADER: Final = "x-mcp-toolset"
PATH: Final = "/mcp"
DEFAULT: Final = "default"
#: Not a set of its own: it keeps what changes nothing, of whatever else is asked for.
READONLY: Final = "readonly"


@dataclass(frozen=True, slots=True)
class Group:
    """A named set: all operations of some apps but those `without`, and some by name."""

    summary: str
    apps: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    every: bool = False

    def has(self, operation: AnyOperation) -> bool:
        """Whether the operation belongs to the set."""
        of_app = operation.app in self.apps and operation.name not in self.without
        return self.every or of_app or operation.name in self.operations


#: What an assistant needs whatever it works on: find the device, follow the work.
_COMMON: Final = frozenset(
    {
        "fleet.device.list",
        "fleet.summary.get",
        "jobs.job.cancel",
        "jobs.job.get",
        "jobs.job.wait",
    }
)
#: What is done with Cores now and then, so that the list of what is done daily stays short.
_QSYS_MORE: Final = frozenset(
    {
        "qsys.core.link",
        "qsys.core.statistics",
        "qsys.core.trust",
        "qsys.design.history",
        "qsys.design.list",
        "qsys.design.pin",
        "qsys.export.create",
        "qsys.export.delete",
        "qsys.export.download",
        "qsys.inventory.history",
        "qsys.inventory.list",
        "qsys.inventory.rollup",
        "qsys.watch.delete",
        "qsys.group.add",
        "qsys.group.clear",
        "qsys.group.create",
        "qsys.group.destroy",
        "qsys.group.list",
        "qsys.group.poll",
        "qsys.group.remove",
        "qsys.page.list",
        "qsys.page.stop",
        "qsys.page.submit",
        "qsys.zone.list",
    }
)
#: What is wrong, and who is told.
_ALERTS: Final = frozenset(
    {
        "fleet.alert.acknowledge",
        "fleet.alert.get",
        "fleet.alert.list",
        "fleet.route.list",
        "fleet.rule.list",
        "fleet.silence.create",
    }
)
#: Chosen, never reflected. With the three tools that reach the others it has twenty at most.
GROUPS: Final[dict[str, Group]] = {
    DEFAULT: Group(
        "What most conversations need, of both families.",
        operations=_COMMON
        | {
            "audit.entry.list",
            "miners.firmware.list",
            "miners.firmware.upgrade",
            "miners.miner.reboot",
            "miners.miner.status",
            "miners.power.set",
            "qsys.component.list",
            "qsys.control.get",
            "qsys.control.set",
            "qsys.core.status",
            "qsys.event.list",
            "system.ping",
        },
    ),
    "qsys": Group(
        "Q-SYS Cores, and the jobs on them.", frozenset({"qsys"}), _COMMON, without=_QSYS_MORE
    ),
    "qsys-more": Group("What is rarely done with Q-SYS Cores.", operations=_COMMON | _QSYS_MORE),
    "miners": Group(
        "Bitcoin miners, what is done with them daily, and the jobs on them.",
        operations=(_COMMON - {"jobs.job.wait"})
        | {
            "miners.error.list",
            "miners.firmware.upgrade",
            "miners.log.read",
            "miners.miner.pause",
            "miners.miner.reboot",
            "miners.miner.resume",
            "miners.miner.status",
            "miners.pools.set",
            "miners.power.set",
        },
    ),
    "miners-setup": Group(
        "How miners are set up, and what is done with them seldom.",
        operations=frozenset(
            {
                "miners.board.switch",
                "miners.change.undo",
                "miners.cooling.set",
                "miners.dps.set",
                "miners.firmware.list",
                "miners.hashrate.set",
                "miners.miner.info",
                "miners.miner.locate",
                "miners.miner.restart",
                "miners.network.set",
                "miners.pools.get",
                "miners.target.adjust",
                "miners.template.list",
                "miners.tuning.set",
            }
        ),
    ),
    "miners-more": Group(
        "What is rarely done with miners, and harder to take back.",
        operations=_COMMON
        | {
            "miners.archive.delete",
            "miners.archive.download",
            "miners.archive.fetch",
            "miners.miner.reset",
            "miners.password.rotate",
            "miners.settings.list",
            "miners.settings.set",
            "miners.stock.restore",
        },
    ),
    "miners-power": Group(
        "Power: curtailment and its proof, and what a miner gives at which power.",
        operations=_COMMON
        | {
            "miners.baseline.run",
            "miners.curtailment.get",
            "miners.curtailment.list",
            "miners.curtailment.preview",
            "miners.curtailment.start",
            "miners.curtailment.stop",
        },
    ),
    "fleet": Group(
        "Devices and places of every family.", frozenset({"fleet"}), _COMMON, without=_ALERTS
    ),
    "alerts": Group("What is wrong with devices and places, and who is told.", operations=_ALERTS),
    "work": Group(
        "Jobs, schedules, evidence and the plane itself.",
        frozenset({"jobs", "audit", "operations", "system"}),
    ),
    "all": Group("Every tool there is, for clients that search by themselves.", every=True),
}


@dataclass(frozen=True, slots=True)
class Toolset:
    """What a caller asked for: sets, joined, and whether only what changes nothing.

    It decides what is listed; rights decide what may be called. `readonly` decides both.
    """

    names: frozenset[str] = frozenset({DEFAULT})
    readonly: bool = False

    def reaches(self, operation: AnyOperation) -> bool:
        """Whether the operation may be called here at all."""
        return not (self.readonly and operation.changes)

    def lists(self, operation: AnyOperation) -> bool:
        """Whether the operation is shown in the list of tools."""
        return self.reaches(operation) and any(GROUPS[name].has(operation) for name in self.names)


def toolset_of(visit: Visit) -> Toolset:
    """What a request asks for; raises `not_found` for a set that is not there."""
    return _read(visit.scope["path"], visit.headers.get(HEADER, ""))


@lru_cache(maxsize=256)
def _read(path: str, header: str) -> Toolset:
    said = [*path.removeprefix(PATH).split("/"), *header.lower().split(",")]
    words = {word.strip() for word in said} - {""}
    for word in sorted(words - GROUPS.keys() - {READONLY}):
        raise no_toolset(word)
    return Toolset(frozenset(words - {READONLY}) or frozenset({DEFAULT}), READONLY in words)


def no_toolset(word: str) -> Failure:
    """The failure for a set nobody made, naming those there are."""
    known = names()
    guess = nearest(word, known)
    hint = f" Did you mean {guess!r}?" if guess else ""
    listed = ", ".join(known)
    return Failure(Code.NOT_FOUND, f"There is no toolset {word[:60]!r}.{hint} There are: {listed}.")


def names() -> tuple[str, ...]:
    """Every word that may be asked for, in a fixed order."""
    return (*GROUPS, READONLY)


def described() -> Iterable[tuple[str, str]]:
    """Every word with what it stands for."""
    yield from ((name, group.summary) for name, group in GROUPS.items())
    yield READONLY, "Only what changes nothing, of whatever else is asked for."

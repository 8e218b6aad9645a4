"""The rooms of the console, and which of them somebody may enter."""

from dataclasses import dataclass
from typing import Final

from apps.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the navigation. `key` after `g` goes there; `rare` ones leave small screens."""

    url: str
    word: str
    icon: str
    permission: str
    key: str
    rare: bool = False


ROOMS: Final = (
    Room("console:overview", "Overview", "layout-dashboard", "fleet.view", "o"),
    Room("console:devices", "Devices", "server", "fleet.view", "d"),
    Room("console:alerts", "Alerts", "bell", "fleet.view", "e"),
    Room("console:cores", "Cores", "volume-2", "qsys.view", "q"),
    Room("console:miners", "Miners", "pickaxe", "miners.view", "m"),
    Room("console:rollouts", "Rollouts", "rocket", "fleet.view", "l"),
    Room("console:jobs", "Jobs", "list-checks", "jobs.view", "j"),
    Room("console:schedules", "Schedules", "calendar-clock", "jobs.view", "s", rare=True),
    Room("console:curtailments", "Curtailment", "zap", "miners.view", "c", rare=True),
    Room("console:approvals", "Approvals", "users", "operations.view", "a"),
    Room("console:assistants", "Assistants", "bot", "accounts.view", "i", rare=True),
    Room("console:operations", "Actions", "terminal", "operations.view", "r", rare=True),
    Room("console:audit", "Audit", "scroll-text", "audit.view", "u"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages of a Core; `inner` are pages that are reached from it."""

    url: str
    word: str
    icon: str
    inner: tuple[str, ...] = ()


CORE_TABS: Final = (
    Tab("console:device", "Now", "activity"),
    Tab("console:core-status", "Status", "list-checks", ("console:inventory-item",)),
    Tab("console:components", "All components", "folder-tree"),
    Tab("console:chart", "Chart", "gauge"),
    Tab("console:timeline", "Timeline", "history", ("console:then",)),
    Tab("console:snapshots", "Snapshots", "layers"),
    Tab("console:paging", "Paging", "volume-2"),
    Tab("console:watches", "Watches", "eye", ("console:watch",)),
    Tab("console:core-designs", "Designs", "git-branch"),
    Tab("console:exports", "Exports", "download"),
)


def rooms(actor: Actor) -> tuple[Room, ...]:
    """The rooms `actor` may enter."""
    return tuple(room for room in ROOMS if actor.may(room.permission))

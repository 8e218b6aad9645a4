"""What a plane holds open: descriptors of the processes that work for it."""

import json
from pathlib import Path

from tests.load.bench import children_of

WORKING = ("web", "worker", "ticks", "poller")


def descriptors(state: Path) -> dict[str, int]:
    """Open descriptors by process, its children counted in."""
    pids = json.loads((state / "run" / "children.json").read_text())
    return {name: sum(map(_open, children_of(pids[name]))) for name in WORKING}


def _open(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))

"""Ends what a killed launcher leaves: started beside it, it waits for the launcher's end.

Every child is told of its parent's death by the kernel, but may take its time to stop, as a poller
whose database dies at the same moment.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from apps.ops.launcher import leftovers, lock
from apps.ops.launcher.state import CHECKOUT, State

PATIENCE = 4.5
"""Seconds the children have for the stop the kernel asked them for: as long as Ctrl-C gives."""


@contextmanager
def posted(state_root: Path, patience: float = PATIENCE) -> Iterator[int]:
    """Has a guard beside this launcher for the block, at whose end no child may be left.

    Gives the guard's process id. It reads from a pipe that closes when this process dies, however
    it dies.
    """
    module = ["-m", "apps.ops.launcher.guard"]
    guard = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, *module, str(state_root), str(os.getpid()), str(patience)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield guard.pid
    finally:
        guard.communicate()


def main(arguments: Sequence[str]) -> int:
    state_root, launcher, patience = arguments
    sys.stdin.buffer.read()
    root = Path(state_root)
    left = leftovers.marked(root)
    # Another launcher clears the ground itself, and has children of the same mark thereafter.
    if lock.last_holder(State(root).lock) == int(launcher):
        leftovers.end_these(left, root, float(patience))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

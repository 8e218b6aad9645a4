"""`make bench-qsys ARGS="single polling"`: every part of the Q-SYS bench, or the named ones."""

import subprocess
import sys
from typing import Final

PARTS: Final = ("polling", "single", "storing", "queries", "screens", "faults")


def main(wanted: list[str]) -> int:
    """Run each part in a process of its own; how many did not finish."""
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        sys.exit(f"There is no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    commands = ([sys.executable, "-m", f"tests.load.qsys.{name}"] for name in wanted or PARTS)
    return sum(subprocess.run(command, check=False).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

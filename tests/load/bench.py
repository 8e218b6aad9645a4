"""What every bench shares: figures with goals, a printed table, and the file they are kept in."""

import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

KEPT = Path("var/bench")


@dataclass(frozen=True)
class Figure:
    """One measured number. `most` and `least` are its goal; None where it has none."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def goal(self) -> str:
        if self.most is not None:
            return f"≤ {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else ""

    @property
    def met(self) -> bool | None:
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None


@dataclass
class Bench:
    """The figures of one run. `says` tells what was compared and on what load."""

    name: str
    says: str
    figures: list[Figure] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        most: float | None = None,
        least: float | None = None,
    ) -> None:
        """Note one figure."""
        self.figures.append(Figure(name, round(value, 3), unit, most, least))

    def report(self) -> None:
        """Print the table and write var/bench/<name>.json."""
        print(f"\n{self.name}: {self.says}")
        print(f"load average {', '.join(f'{one:.2f}' for one in os.getloadavg())}")
        width = max((len(figure.name) for figure in self.figures), default=0)
        for figure in self.figures:
            mark = {True: "met", False: "MISSED", None: ""}[figure.met]
            value = f"{figure.value:>12,.3f} {figure.unit:<8}"
            print(f"  {figure.name:<{width}} {value} {figure.goal:<9} {mark}")
        KEPT.mkdir(parents=True, exist_ok=True)
        body = {
            "name": self.name,
            "says": self.says,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "load": os.getloadavg(),
            "figures": [
                {**asdict(figure), "goal": figure.goal, "met": figure.met}
                for figure in self.figures
            ],
        }
        (KEPT / f"{self.name}.json").write_text(json.dumps(body, indent=2, ensure_ascii=False))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def cpu_seconds(pid: int) -> float:
    """CPU time (user and system) a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Process ids below `pid`, itself included."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def tree_cpu_seconds(pid: int) -> float:
    """CPU time of a process and its living children."""
    return sum(cpu_seconds(one) for one in children_of(pid))


def pss_megabytes(pid: int) -> float:
    """Proportional share of memory of one process, MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0

"""Where everything a running plane keeps lies inside its state directory."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]


def state_root(environ: Mapping[str, str]) -> Path:
    """STATE_DIR, made absolute; by default `var` in the checkout."""
    return Path(environ.get("STATE_DIR") or CHECKOUT / "var").expanduser().absolute()


@dataclass(frozen=True)
class State:
    """The state directory: names of its parts, and their making."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics"

    @property
    def postgres(self) -> Path:
        return self.root / "pg"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def children(self) -> Path:
        """{name: pid} of the children that run now, for tools and tests."""
        return self.run / "children.json"

    @property
    def environment(self) -> Path:
        """The environment of the children, so that `manage.py` finds the same databases."""
        return self.run / "environment.json"

    @property
    def migrated(self) -> Path:
        """The fingerprint of code and database after the last migration."""
        return self.run / "migrated"

    @property
    def demo(self) -> Path:
        return self.root / "demo.json"

    @property
    def beat_schedule(self) -> Path:
        return self.root / "beat-schedule"

    def prepare(self) -> None:
        """Makes the folders; what holds secrets or sockets is closed to other accounts."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.log, self.run, self.secrets, self.valkey):
            folder.mkdir(mode=0o700, exist_ok=True)

    def empty_metrics(self) -> None:
        """Metric files belong to process ids of the last run; they would be counted twice."""
        shutil.rmtree(self.metrics, ignore_errors=True)
        self.metrics.mkdir(mode=0o700)


def write_json(path: Path, value: Any) -> None:
    """Replaces the file in one step, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=2)
    draft.replace(path)

"""Runs a whole plane for a test, as `make run` would, with a state directory of its own."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from typing import Any, Self

from apps.ops.launcher import site
from apps.ops.launcher.process import die_with_parent
from apps.ops.launcher.state import CHECKOUT, State
from tests.support import template
from tests.support.engines import until
from tests.support.template import temporary_state

FOREIGN = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "STATE_DIR",
    "ENVIRONMENT",
    "DJANGO_SETTINGS_MODULE",
    "PROMETHEUS_MULTIPROC_DIR",
    "SECRET_KEY_FILE",
    "CREDENTIAL_KEYS_FILE",
    "API_KEY_PEPPER_FILE",
    "AUDIT_SEAL_KEY_FILE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
)
"""What a test run sets for itself and a plane must not inherit."""


class Plane:
    """A running plane. `demo` holds its logins, keys and devices (var/demo.json).

    It finds its database migrated already, unless it is to start `cold`, as a new clone does.
    """

    def __init__(
        self,
        *,
        simulate: bool = True,
        server: str = "granian",
        environ: dict[str, str] | None = None,
        cold: bool = False,
    ) -> None:
        self.state = State(temporary_state())
        self.port = free_port()
        self.network = free_network()
        self._simulate = simulate
        self._cold = cold
        self._environ = self._environment(server, environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()

    # -- what tests ask

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mcp_url(self) -> str:
        return f"{self.url}/mcp"

    @property
    def demo(self) -> dict[str, Any]:
        return dict(json.loads(self.state.demo.read_text()))

    def key(self, role: str, tenant: str = "default") -> str:
        """The API key of a role of the demo."""
        return str(self.demo["api_keys"][tenant][role])

    @property
    def environ(self) -> dict[str, str]:
        """For management commands against this plane."""
        return {**self._environ, **json.loads(self.state.environment.read_text())}

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self._process, "the plane was not started"
        return self._process.pid

    def pids(self) -> dict[str, int]:
        """The children by name, as the supervisor last published them."""
        return dict(json.loads(self.state.children.read_text()))

    def log(self, name: str) -> str:
        """The text of a child's log; `up` is what the terminal would show."""
        path = self.state.log / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # -- what tests do

    def start(self, timeout: float = 120.0) -> float:
        """Starts the plane and waits until it is ready; returns the seconds that took."""
        self.state.prepare()
        if not self._cold and not self.state.postgres.exists():
            template.put(self.state)
        began = time.monotonic()
        with (self.state.log / "up.log").open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *([] if self._simulate else ["--no-sim"])],
                cwd=CHECKOUT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),
            )
        until(self._settled, timeout, lambda: self.log("up"))
        if self._process.poll() is not None:
            raise RuntimeError(f"the plane did not start:\n{self.log('up')}")
        return time.monotonic() - began

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Sends a signal to one child; returns the process id it had."""
        pid = self.pids()[name]
        os.kill(pid, number)
        return pid

    def stop(self, number: int = signal.SIGINT, timeout: float = 20.0) -> float:
        """Stops the plane as Ctrl-C does; returns the seconds that took."""
        assert self._process, "the plane was not started"
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout)
        return time.monotonic() - began

    def end(self) -> None:
        """Stops the plane if it runs and removes what it kept."""
        if self._process:
            self.stop()
        shutil.rmtree(self.state.root, ignore_errors=True)

    def _settled(self) -> bool:
        assert self._process
        return self._process.poll() is not None or "is ready" in self.log("up")

    def _environment(self, server: str, more: dict[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in FOREIGN and not name.startswith("PYTEST_")
        }
        chosen = {"STATE_DIR": str(self.state.root), "PORT": str(self.port), "SERVER": server}
        return {**kept, **chosen, "DEMO_NETWORK": self.network, **more}


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def free_network() -> str:
    """Two octets for simulated devices on which nothing listens now."""
    numbers = list(range(30, 250))
    random.shuffle(numbers)
    return next(f"127.{n}" for n in numbers if not site.taken(f"127.{n}"))

"""A checkout with the real launcher and next to nothing for it to launch, for tests of `up`.

Engines, web servers and Celery are real; application, migrations, demo and simulators are a few
lines each. So a start takes two seconds, and a failure is the launcher's own.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

from apps.ops.launcher import leftovers
from apps.ops.launcher.state import CHECKOUT, State
from tests.support.engines import until
from tests.support.plane import FOREIGN, free_network, free_port
from tests.support.template import temporary_state

CELERY = """
import os
from celery import Celery
broker = os.environ["REDIS_URL"].replace("unix://", "redis+socket://")
celery = Celery("controlplane", broker=broker)
"""
ASGI = """
import asyncio

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"tick", "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b"ok"})
"""
MANAGE = """
import json, os, sys, time
if sys.argv[1] == "up":
    from apps.ops.launcher.up import main
    sys.exit(main(sys.argv[2:]))
import psycopg
url = os.environ["DATABASE_OWNER_URL" if sys.argv[1] == "migrate" else "DATABASE_URL"]
if sys.argv[1] == os.environ.get("TOY_FAILS"):
    sys.exit("the toy was told to fail")
if sys.argv[1] == os.environ.get("TOY_HANGS"):
    print("hanging", flush=True)
    time.sleep(600)
with psycopg.connect(url) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS " + sys.argv[1] + " (id int)")
if sys.argv[1] == "demo":
    key = {"default": {"agent": "cp_toy"}}
    with open(os.environ["STATE_DIR"] + "/demo.json", "w") as file:
        json.dump({"logins": {}, "api_keys": key, "devices": []}, file)
"""
SIMULATOR = "import sys, time\nprint(sys.argv[1:], flush=True)\ntime.sleep(600)\n"


class Toy:
    """A toy checkout with a state directory, and one launch of it at a time."""

    def __init__(self, server: str = "granian", **environ: str) -> None:
        self.folder = temporary_state()
        self.state = State(self.folder / "var")
        self.port = free_port()
        self._write()
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        chosen = {"STATE_DIR": str(self.state.root), "PORT": str(self.port), "SERVER": server}
        self.environ = {**kept, **chosen, "DEMO_NETWORK": free_network(), **environ}
        self.process: subprocess.Popen[bytes] | None = None

    def up(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts `manage.py up`, its words going to up.log."""
        with (self.folder / "up.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=self.folder,
                env=self.environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def said(self) -> str:
        return (self.folder / "up.log").read_text()

    def wait_until_ready(self, seconds: float = 60, times: int = 1) -> None:
        """Waits for the banner; fails at once when the launcher ended instead."""
        process = self.process
        assert process
        until(
            lambda: self.said().count("is ready (") >= times or process.poll() is not None,
            seconds,
            self.said,
        )
        assert process.poll() is None, self.said()

    def stop(self, number: int = signal.SIGINT) -> float:
        """Seconds from the signal to the launcher's end."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began

    def left(self) -> list[int]:
        """Processes of this plane that are there now."""
        return leftovers.marked(self.state.root)

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        leftovers.end(self.state.root, patience=0)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        launcher = self.folder / "apps" / "ops" / "launcher"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / "apps" / "ops" / "launcher", launcher, ignore=ignore)
        sources = {
            "manage.py": MANAGE,
            "controlplane/__init__.py": CELERY,
            "controlplane/clock.py": CELERY,
            "controlplane/asgi.py": ASGI,
            "apps/qsys/simulator/__main__.py": SIMULATOR,
            "apps/miners/simulator/__main__.py": SIMULATOR,
        }
        for name, source in sources.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)

"""Checks of the plane itself: are its settings right, does one run here, is its place free."""

import os
import subprocess
import sys

from apps.ops.launcher import lock, site
from apps.ops.launcher.checks.finding import Finding, fail, last_words, ok
from apps.ops.launcher.options import Options
from apps.ops.launcher.ready import Readiness
from apps.ops.launcher.secret_files import MAKERS
from apps.ops.launcher.state import CHECKOUT


def settings(_: Options) -> Finding:
    """Read by the product's own class, in a process apart: the launcher needs none of it.

    Secrets nobody gave are what a first start would make.
    """
    secrets = {name.upper(): make() for name, make in MAKERS.items()}
    made = {name: value for name, value in secrets.items() if f"{name}_FILE" not in os.environ}
    asked = subprocess.run(
        [sys.executable, "-c", "from controlplane.config import load; load()"],
        cwd=CHECKOUT,
        env={**made, **os.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if asked.returncode:
        said = last_words(asked.stderr)
        return fail("settings", said, "correct the environment; .env.example explains every one")
    return ok("settings", "every one can be read")


def running(options: Options) -> Finding:
    pid = lock.holder(options.state.lock)
    if pid is None:
        return ok("plane", f"none runs in {options.state.root}")
    readiness = Readiness(options.local_url)
    if not readiness.reached():
        logs = f"read {options.state.log}"
        return fail("plane", f"process {pid} runs, but {options.local_url}: {readiness.last}", logs)
    return ok("plane", f"process {pid} runs and is ready at {options.local_url}")


def web_port(options: Options) -> Finding:
    address = f"{options.host}:{options.port}"
    if lock.holder(options.state.lock) is not None:
        return ok("port", f"{address} is the running plane's")
    if not site.bindable(options.host, options.port):
        mend = f"start with another, as in PORT={options.port + 1}"
        return fail("port", f"{address} is taken or refused", mend)
    return ok("port", f"{address} is free")


def simulated_site(options: Options) -> Finding:
    network = options.demo_network
    if not options.simulate or lock.holder(options.state.lock) is not None:
        return ok("simulated site", "not started here, or running")
    taken = site.taken(network)
    if taken:
        return fail(
            "simulated site", f"{taken[0]} is taken", "another network: DEMO_NETWORK=127.21"
        )
    return ok("simulated site", f"{network}.0.0/16 is free")

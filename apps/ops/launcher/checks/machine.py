"""Checks of the machine: system, disk, low ports, Node.js and browser."""

import os
import shutil
import subprocess
import sys

from apps.ops.launcher import chromium, node, site
from apps.ops.launcher.checks.finding import Finding, fail, ok, warn
from apps.ops.launcher.options import Options
from apps.ops.launcher.state import CHECKOUT

LEAST_FREE = 1 << 30
COMFORTABLE_FREE = 5 << 30
LEAST_NODE = 22


def operating_system(_: Options) -> Finding:
    if sys.platform != "linux":
        text = f"{sys.platform}: a killed launcher may leave processes behind here"
        return warn("system", text, "stop with Ctrl-C, or use Linux")
    return ok("system", "Linux")


def disk_space(options: Options) -> Finding:
    folder = options.state.root if options.state.root.exists() else CHECKOUT
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GB free for {options.state.root}"
    if free < LEAST_FREE:
        return fail("disk", text, "free some, or put the data elsewhere with STATE_DIR")
    return (warn if free < COMFORTABLE_FREE else ok)("disk", text)


def state_directory(options: Options) -> Finding:
    root = options.state.root
    folder = next(folder for folder in (root, *root.parents) if folder.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        mend = "choose a folder of your own, as in STATE_DIR=~/controlplane"
        return fail("state directory", f"this user may not write in {folder}", mend)
    return ok("state directory", str(root))


def low_ports(options: Options) -> Finding:
    if site.low_ports_allowed(options.demo_network):
        return ok("low ports", "simulators may bind 80 and 443")
    text = f"refused to this user: simulators listen {site.PORT_SHIFT} higher"
    return warn("low ports", text, "sudo sysctl net.ipv4.ip_unprivileged_port_start=80")


def node_js(_: Options) -> Finding:
    program = node.folder() / "bin" / "node"
    asked = subprocess.run(  # noqa: S603 - the wheel's program
        [str(program), "--version"], capture_output=True, text=True, check=False, timeout=20
    )
    version = asked.stdout.strip()
    if not version.startswith("v") or int(version[1:].split(".")[0]) < LEAST_NODE:
        return fail("Node.js", f"{program} says {version!r}", "run the bootstrap again")
    return ok("Node.js", version)


def browser(_: Options) -> Finding:
    found = chromium.find()
    if found is None:
        return warn("browser", "no Chromium; only the tests need one", "make test installs it")
    return ok("browser", found)

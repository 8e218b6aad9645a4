"""Runs the services of compose.yaml as containers would, from namespaces instead of an image.

`python -m tests.support.pod SECRETS LOGS`, inside new network and mount namespaces. The root is a
read-only tmpfs with what the Dockerfile copies in /app, the environment in /venv, and the names
`postgres` and `valkey` in /etc/hosts; the user is the image's. Prints what was seen as JSON.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from apps.ops.launcher.commands import SERVICES
from apps.ops.launcher.engines.binaries import postgres_programs, valkey_server
from apps.ops.launcher.state import CHECKOUT
from tests.support import compose
from tests.support.engines import until
from tests.support.netns import raise_loopback

PATIENCE = 120.0
HOSTS = "127.0.0.1 localhost postgres valkey\n"
SYSTEM = ("usr", "bin", "sbin", "lib", "lib64", "etc")
#: Who owns what the services may write to: tmpfs and volumes.
WRITABLE = ("tmp", "state", "pg", "data")
#: An ordinary user's PATH does not hold it.
PIVOT = "/sbin/pivot_root"
#: The wheel has no valkey-cli; the same question asked by the client the plane uses.
PING = ["python", "-c", "import redis; redis.Redis('127.0.0.1').ping()"]


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def image(root: Path, secrets: Path, owner: int | None) -> None:
    """Lays the image out below `root`."""
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(root))
    for name in SYSTEM:
        host = Path("/", name)
        if host.is_symlink():
            (root / name).symlink_to(host.readlink())
        elif host.exists():
            bind(host, root / name)
    bind(Path("/proc"), root / "proc")
    bind(Path("/dev"), root / "dev")
    bind(Path(sys.base_prefix), root / sys.base_prefix.lstrip("/"))
    bind(Path(sys.prefix), root / "venv")
    mount("-o", "remount,bind,ro", str(root / "venv"))
    replace(root, "hosts", HOSTS)
    user = compose.stages()["final"].user
    replace(root, "passwd", f"root:x:0:0::/:/bin/sh\ncontrolplane:x:{user}:{user}::/:/bin/sh\n")
    shutil.copytree(secrets, root / "run/secrets")
    (root / "run/secrets").chmod(0o755)
    for name in compose.stages()["code"].copied:
        copy(CHECKOUT / name, root / "app" / name)
    for name in WRITABLE:
        (root / name).mkdir(mode=0o700)
        mount("-t", "tmpfs", "-o", "mode=700", "tmpfs", str(root / name))
        if owner is not None:
            os.chown(root / name, owner, owner)
    (root / "tmp").chmod(0o1777)


def replace(root: Path, name: str, text: str) -> None:
    """Puts a file of our own in the place of the host's in /etc."""
    (root / name).write_text(text)
    mount("--bind", str(root / name), str(root / "etc" / name))


def bind(host: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    mount("--rbind", str(host), str(place))


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns("__pycache__")
    if source.is_dir():
        shutil.copytree(source, target, ignore=ignore)
    else:
        shutil.copy(source, target)


def enter(root: Path) -> None:
    """Makes `root` the root. Not by chroot, in which the kernel lets nobody change users."""
    subprocess.run([PIVOT, ".", "."], cwd=root, check=True)
    os.chdir("/")
    subprocess.run(["umount", "--lazy", "/"], check=True)
    os.chdir("/app")


class Pod:
    """The services, each started after what it depends on."""

    def __init__(self, become: list[str], logs: int) -> None:
        self._become = become
        self._logs = logs
        self._image = compose.stages()["final"]
        self._services: dict[str, Any] = compose.compose()["services"]
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def ensure(self, name: str, condition: str = "service_started") -> None:
        """Starts the service and waits for what compose calls the condition."""
        if name not in self.running:
            for other, wanted in self._services[name].get("depends_on", {}).items():
                self.ensure(other, wanted["condition"])
            self.running[name] = self._start(name)
        process = self.running[name]
        if condition == "service_completed_successfully":
            assert process.wait(PATIENCE) == 0, f"{name} failed"
        elif condition == "service_healthy":
            until(lambda: self._healthy(name), PATIENCE, lambda: f"{name} is not healthy")

    def run(self, name: str, *command: str) -> "subprocess.CompletedProcess[str]":
        """A command in the service's container."""
        return subprocess.run(
            [*self._become, *command],
            env=self._environ(name),
            cwd="/app",
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def stop(self, name: str) -> int:
        """The exit status after the service's stop signal, given its grace."""
        service, process = self._services[name], self.running[name]
        process.send_signal(signal.Signals[service.get("stop_signal", "SIGTERM")])
        return process.wait(int(service["stop_grace_period"].rstrip("s")))

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        command = self._services[name].get("command") or self._database()
        cwd = "/data" if name == "valkey" else "/app"
        log = os.open(f"{name}.log", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=self._logs)
        return subprocess.Popen(
            [*self._become, *command],
            env=self._environ(name),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def _database(self) -> list[str]:
        """What the image of PostgreSQL does: the first start makes the data directory."""
        options = self._services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
        secret = "--pwfile=/run/secrets/postgres_password"
        access = ["--username=postgres", "--auth-host=scram-sha-256", "--auth-local=trust"]
        made = self.run("postgres", "initdb", *options, *access, secret, "-D", "/pg/data")
        assert made.returncode == 0, made.stderr
        return ["postgres", "-D", "/pg/data", "-k", "/pg", "-c", "listen_addresses=127.0.0.1"]

    def _healthy(self, name: str) -> bool:
        _, *command = self._services[name]["healthcheck"]["test"]
        asked = PING if command[0] == "valkey-cli" else command
        return self.run(name, *asked).returncode == 0

    def _environ(self, name: str) -> dict[str, str]:
        """The image's environment, then the service's, as compose fills it in."""
        engines = [path for path in ENGINES if path]
        chosen = {
            key: compose.filled(str(value))
            for key, value in self._services[name].get("environment", {}).items()
        }
        path = ":".join([self._image.environ["PATH"], *engines])
        return {**self._image.environ, **chosen, "PATH": path}


def inside(path: Path) -> str:
    """A path of the environment as it is called in the pod."""
    return str(Path("/venv") / path.relative_to(sys.prefix))


ENGINES = (inside(postgres_programs() / "bin"), inside(valkey_server().parent))


def watch(pod: Pod) -> dict[str, Any]:
    """Everything up, looked at, and down again."""
    for name in SERVICES:
        pod.ensure(name)
    pod.ensure("web", "service_healthy")
    ping = ["python", "-m", "celery", "-A", "controlplane", "inspect", "ping", "--json"]
    until(lambda: pod.run("worker", *ping).stdout.count("pong") == 3, PATIENCE, lambda: "no pong")
    web = "http://127.0.0.1:8000"
    alive = [name for name in SERVICES if pod.running[name].poll() is None]
    return {
        "alive": alive,
        "ready": pod.run(
            "web", "python", "-m", "apps.ops.launcher.ready", web, "/ready"
        ).returncode,
        "user": pod.run("web", "id", "-u").stdout.strip(),
        "status": pod.run("web", "cat", "/proc/self/status").stdout,
        "writes": {
            path: pod.run("web", "touch", f"{path}/file").returncode == 0
            for path in ("/", "/app", "/app/apps", "/venv", "/run/secrets", "/tmp", "/state")
        },
        "stopped": {name: pod.stop(name) for name in (*SERVICES, "postgres")},
    }


def main(secrets: str, logs: str) -> int:
    user = compose.stages()["final"].user
    mapped = Path("/proc/self/uid_map").read_text().split()[2] == "1"
    shed = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    ids = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    nested = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}", "--"]
    become = [*nested, *shed, "--"] if mapped else [*shed, *ids, "--"]
    build = compose.stages()["code"].every("RUN")
    raise_loopback()
    root = Path(tempfile.mkdtemp(prefix="cp-pod-"))
    image(root, Path(secrets), None if mapped else user)
    pod = Pod(become, os.open(logs, os.O_DIRECTORY))
    enter(root)
    for line in build:
        subprocess.run(line, shell=True, check=True, stdout=sys.stderr)
    mount("-o", "remount,bind,ro", "/")
    try:
        print(json.dumps(watch(pod)))
    finally:
        for process in pod.running.values():
            process.kill()
            process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

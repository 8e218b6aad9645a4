"""`manage.py up`: brings the whole plane up on one machine and keeps it there until Ctrl-C."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from apps.ops.launcher import commands, environment, guard, leftovers, migrated, options, site
from apps.ops.launcher.banner import banner
from apps.ops.launcher.engines import bootstrap_sql, postgres, valkey
from apps.ops.launcher.errors import LaunchError, StopRequested
from apps.ops.launcher.lock import only_instance
from apps.ops.launcher.options import Options
from apps.ops.launcher.process import Spec
from apps.ops.launcher.ready import Readiness
from apps.ops.launcher.say import say
from apps.ops.launcher.sockets import socket_folder
from apps.ops.launcher.state import CHECKOUT
from apps.ops.launcher.supervisor import Supervisor

ENGINE_SECONDS = 60.0
MIGRATE_SECONDS = 300.0
DEMO_SECONDS = 120.0
READY_SECONDS = 90.0


def main(arguments: Sequence[str]) -> int:
    """Runs until it is told to stop: 0. When it cannot start: 1 and a sentence."""
    try:
        chosen = options.read(os.environ, arguments)
        chosen.state.prepare()
        with only_instance(chosen.state.lock), guard.posted(chosen.state.root):
            Launch(chosen, os.environ).run()
    except LaunchError as error:
        say(f"The plane did not start: {error}" if "already runs" not in str(error) else str(error))
        return 1
    except OSError as error:
        say(f"The plane did not start: {error}")
        return 1
    return 0


class Launch:
    """One run of the plane, from the first check to the last stop."""

    def __init__(self, chosen: Options, environ: Mapping[str, str]) -> None:
        self._options = chosen
        self._state = chosen.state
        self._inherited = environment.inherited(environ, chosen.state)
        self._settings: dict[str, str] = {}
        self._supervisor = Supervisor(chosen.state)
        self._commands = commands.Commands(
            host=chosen.host,
            port=chosen.port,
            server=chosen.server,
            poller_shards=chosen.poller_shards,
            beat_schedule=str(chosen.state.beat_schedule),
        )

    def run(self) -> None:
        """Start, say so, watch; whatever ends it, nothing of it is left running."""
        began = time.monotonic()
        self._supervisor.catch_signals()
        try:
            self._clear_the_ground()
            self._start_engines()
            self._start_services()
            say(banner(self._options, time.monotonic() - began))
            self._supervisor.watch()
        except StopRequested:
            say("Stopping ...")
            self._end()
            say("Stopped.")
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._supervisor.stop()
        leftovers.end(self._state.root, patience=0)

    # -- the steps of a start

    def _clear_the_ground(self) -> None:
        killed = leftovers.end(self._state.root)
        if killed:
            say(f"Ended {killed} processes an earlier run left behind.")
        self._state.empty_metrics()
        if not site.bindable(self._options.host, self._options.port):
            port = self._options.port
            raise LaunchError(f"port {port} is taken or refused. Try another: PORT={port + 1}")
        busy = site.taken(self._options.demo_network) if self._options.simulate else []
        if busy:
            raise LaunchError(
                f"{busy[0]} is taken: another simulated site runs on this network. "
                "Choose one of your own, as in DEMO_NETWORK=127.21"
            )

    def _start_engines(self) -> None:
        urls = {**self._start_valkey(), **self._start_postgres()}
        self._settings = environment.settings(self._options, urls, self._inherited)
        environment.publish(self._state, self._settings)

    def _start_valkey(self) -> dict[str, str]:
        if self._options.redis_url:
            return {"REDIS_URL": self._options.redis_url}
        engine = valkey.prepare(self._state.valkey, self._inherited)
        self._supervisor.start(engine.spec(self._inherited))
        self._supervisor.wait(engine.answers, ENGINE_SECONDS, "Valkey", "valkey")
        return {"REDIS_URL": engine.url}

    def _start_postgres(self) -> dict[str, str]:
        if self._options.database_url:
            owner = self._options.database_owner_url or self._options.database_url
            return {"DATABASE_URL": self._options.database_url, "DATABASE_OWNER_URL": owner}
        engine = postgres.prepare(self._state.postgres, self._inherited)
        self._supervisor.start(engine.spec(self._inherited))
        admin = engine.url("postgres", "postgres")
        self._supervisor.wait(
            lambda: bootstrap_sql.answers(admin), ENGINE_SECONDS, "PostgreSQL", "postgres"
        )
        bootstrap_sql.apply(admin)
        return {
            "DATABASE_URL": engine.url(bootstrap_sql.RUNTIME),
            "DATABASE_OWNER_URL": engine.url(bootstrap_sql.OWNER),
        }

    def _start_services(self) -> None:
        """The demo is seeded while the services start: both wait for the database alone."""
        if self._options.simulate:
            self._supervisor.start(*self._simulators())
        self._migrate()
        services = (self._spec(name, self._commands.service(name)) for name in commands.SERVICES)
        self._supervisor.start(*services)
        if self._options.simulate:
            self._supervisor.run(self._spec("demo", self._commands.manage("demo")), DEMO_SECONDS)
        self._wait_until_ready()

    def _migrate(self) -> None:
        owner = self._settings["DATABASE_OWNER_URL"]
        if migrated.is_current(self._state.migrated, migrated.fingerprint(CHECKOUT, owner)):
            return
        command = self._commands.migrate()
        migrate = self._spec("migrate", command, {"DATABASE_OWNER_URL": owner})
        self._supervisor.run(migrate, MIGRATE_SECONDS)
        self._state.migrated.write_text(migrated.fingerprint(CHECKOUT, owner))

    def _simulators(self) -> list[Spec]:
        python, network = sys.executable, self._options.demo_network
        sockets = socket_folder(self._state.run, self._inherited)
        offset = site.port_offset(network)
        if offset:
            say(f"This user may not bind low ports: simulated devices listen {offset} higher.")
        cores, miners = sockets / "qsys-sim.sock", sockets / "miner-sim.sock"
        return [
            self._simulator(commands.core_simulator(python, network, offset, str(cores)), cores),
            self._simulator(commands.miner_simulator(python, network, offset, str(miners)), miners),
        ]

    def _simulator(self, argv: Sequence[str], control: Path) -> Spec:
        """A killed simulator leaves its control socket behind: it goes before the next start."""
        clear = partial(control.unlink, missing_ok=True)
        return replace(self._spec(control.stem, argv), before=clear)

    def _wait_until_ready(self) -> None:
        """Asks `/ready`; a web process that keeps dying ends the wait with its log."""
        ready = Readiness(self._options.local_url)
        try:
            self._supervisor.wait(ready.reached, READY_SECONDS, "the plane", "web")
        except LaunchError as error:
            raise LaunchError(f"{error}\n  /ready said: {ready.last}") from None

    def _spec(self, name: str, argv: Sequence[str], more: Mapping[str, str] | None = None) -> Spec:
        """A child that gets the settings, but the owner's database address only in `more`."""
        chosen = {k: v for k, v in self._settings.items() if k != "DATABASE_OWNER_URL"}
        inherited = {k: v for k, v in self._inherited.items() if k != "DATABASE_OWNER_URL"}
        metrics = {"PROMETHEUS_MULTIPROC_DIR": str(self._state.metrics)}
        environ = {**inherited, **chosen, **metrics, **(more or {})}
        return Spec(name=name, argv=argv, environ=environ, cwd=CHECKOUT)

"""Gives every test run its own PostgreSQL and Valkey, before Django reads its settings.

Loaded as a pytest plugin (`-p tests.support.engines`): a conftest would come too late, because
pytest-django reads the settings before the first conftest is imported. The controller of a
parallel run and each of its workers have engines of their own: readers in commit order wait for
the oldest transaction of a whole cluster, so a shared one would let tests hold up each other.
TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead.
"""

import os
import shutil
import time
from collections.abc import Callable

import pytest

from apps.ops.launcher import environment, secret_files
from apps.ops.launcher.engines import bootstrap_sql, postgres, valkey
from apps.ops.launcher.logs import tail
from apps.ops.launcher.process import Child, Spec
from apps.ops.launcher.state import State
from tests.support import template
from tests.support.template import temporary_state

START_SECONDS = 60.0


class Engines:
    """The engines of one test run."""

    def __init__(self) -> None:
        self.state = State(temporary_state())
        self._environ = environment.inherited(os.environ, self.state)
        self._children: list[Child] = []

    def start(self) -> dict[str, str]:
        """Starts what no TEST_ address replaces; returns the variables the tests run with."""
        self.state.prepare()
        secrets = secret_files.ensure(self.state.secrets, {})
        addresses = {**self._valkey(), **self._postgres()}
        return {
            "ENVIRONMENT": "test",
            "STATE_DIR": str(self.state.root),
            **secrets,
            **addresses,
        }

    def stop(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            until(lambda child=child: child.status() is not None, 5, lambda: "")  # type: ignore[misc]
            child.destroy()
        shutil.rmtree(self.state.root, ignore_errors=True)

    def _postgres(self) -> dict[str, str]:
        given = os.environ.get("TEST_DATABASE_URL")
        if given:
            return {"DATABASE_URL": given, "DATABASE_OWNER_URL": given}
        template.put(self.state)
        server = postgres.prepare(self.state.postgres, self._environ, postgres.THROWAWAY)
        admin = server.url("postgres", "postgres")
        self._run(server.spec(self._environ), lambda: bootstrap_sql.answers(admin))
        bootstrap_sql.apply(admin, owner_may_create_databases=True)
        owner = server.url(bootstrap_sql.OWNER)
        return {"DATABASE_URL": owner, "DATABASE_OWNER_URL": owner}

    def _valkey(self) -> dict[str, str]:
        given = os.environ.get("TEST_REDIS_URL")
        if given:
            return {"REDIS_URL": given}
        server = valkey.prepare(self.state.valkey, self._environ, valkey.THROWAWAY)
        self._run(server.spec(self._environ), server.answers)
        return {"REDIS_URL": server.url}

    def _run(self, spec: Spec, ready: Callable[[], bool]) -> None:
        child = Child(spec, self.state.log)
        self._children.append(child)
        until(
            lambda: child.status() is not None or ready(),
            START_SECONDS,
            lambda: tail(self.state.log, spec.name),
        )
        if child.status() is not None:
            raise pytest.UsageError(f"{spec.name} ended:\n{tail(self.state.log, spec.name)}")


def until(condition: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    """Waits for a condition; fails with `why()` after so many seconds."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(f"not in {seconds:g} s: {why()}")
        time.sleep(0.02)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Runs before pytest-django's hook of the same name, which reads the settings."""
    if early_config.pluginmanager.has_plugin("django"):
        engines = Engines()
        early_config.add_cleanup(engines.stop)
        os.environ.update(engines.start())

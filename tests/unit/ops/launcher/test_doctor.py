"""The doctor names what is wrong, says how to mend it, and exits with its verdict."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ops.launcher import doctor, lock, options
from apps.ops.launcher.checks import engines, machine, packages, plane
from apps.ops.launcher.checks.finding import Finding, Level
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.options import Options
from apps.ops.launcher.state import CHECKOUT
from tests.support.plane import free_network, free_port


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "STATE_DIR": str(tmp_path),
        "PORT": str(free_port()),
        "DEMO_NETWORK": free_network(),
    }


@pytest.fixture
def chosen(environ: dict[str, str]) -> Options:
    found = options.read(environ)
    found.state.prepare()
    return found


@pytest.fixture
def listener(chosen: Options) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind((chosen.host, chosen.port))
        listener.listen()
        yield listener


def run(environ: dict[str, str]) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_taken_port_fails_the_doctor(
    environ: dict[str, str], chosen: Options, listener: socket.socket
) -> None:
    status, said = run(environ)
    assert status == 1
    assert f"fail  port                   127.0.0.1:{chosen.port} is taken or refused" in said
    assert f"-> start with another, as in PORT={chosen.port + 1}" in said


def test_free_port_passes(chosen: Options) -> None:
    assert plane.web_port(chosen).level is Level.OK


def test_wrong_setting_is_the_whole_answer(environ: dict[str, str]) -> None:
    status, said = run({**environ, "PORT": "many"})
    assert (status, said) == (1, "PORT=many: give a whole number from 1 to 65535\n")


def test_locked_packages_are_installed_here(chosen: Options) -> None:
    assert packages.locked_packages(chosen).level is Level.OK
    assert len(packages.pins((CHECKOUT / "requirements" / "dev.txt").read_text())) > 100


def test_package_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text(
        "django==1.0 \\\n    --hash=sha256:00\n"
        "no-such-thing==3 \\\n"
        "only-elsewhere==1 ; sys_platform == 'win32' \\\n"
    )
    first, second = packages.differences(tmp_path / "lock.txt")
    assert first.endswith("(locked 1.0)")
    assert second == "no-such-thing missing (locked 3)"


def test_either_of_two_locked_versions_will_do() -> None:
    text = "numpy==1 ; python_version < '3.12'\nnumpy[all]==2 ; python_version >= '3.12'\n"
    assert packages.pins(text) == {"numpy": ({"1", "2"}, False)}


def test_running_plane_that_does_not_answer_is_a_failure(chosen: Options) -> None:
    assert plane.running(chosen).level is Level.OK
    with lock.only_instance(chosen.state.lock):
        finding = plane.running(chosen)
        assert plane.web_port(chosen).level is Level.OK
    assert finding.level is Level.FAIL
    assert f"process {os.getpid()} runs" in finding.text


def test_taken_site_is_a_failure_with_another_network(chosen: Options) -> None:
    from apps.ops.launcher import site

    assert plane.simulated_site(chosen).level is Level.OK
    with socket.socket() as device:
        port = 1710 + site.port_offset(chosen.demo_network)
        device.bind((f"{chosen.demo_network}.0.1", port))
        device.listen()
        finding = plane.simulated_site(chosen)
    assert finding.level is Level.FAIL
    assert "DEMO_NETWORK=" in finding.mend


def test_engines_prove_that_they_run(chosen: Options) -> None:
    assert engines.postgres(chosen).text.startswith("postgres (PostgreSQL) 18")
    assert engines.valkey(chosen).text.startswith("Valkey server v=9")


def test_given_services_are_asked() -> None:
    """This test run's own are given ones, to the doctor."""
    chosen = options.read(os.environ)
    assert engines.postgres(chosen).level is engines.valkey(chosen).level is Level.OK
    assert "DATABASE_URL names answers" in engines.postgres(chosen).text
    assert "REDIS_URL names answers" in engines.valkey(chosen).text


@pytest.mark.parametrize(
    ("name", "url", "check"),
    [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", engines.postgres),
        ("REDIS_URL", "redis://127.0.0.1:1", engines.valkey),
    ],
)
def test_given_service_that_does_not_answer_is_a_failure(
    name: str, url: str, check: doctor.Check
) -> None:
    finding = check(options.read({name: url}))
    assert finding.level is Level.FAIL
    assert f"the one {name} names does not answer: " in finding.text
    assert "refused" in finding.text.lower()
    assert finding.mend == f"start that server, correct {name}, or unset it to use the embedded one"


def test_setting_the_product_refuses_is_named(environ: dict[str, str]) -> None:
    status, said = run({**environ, "MCP_RATE_LIMIT_BURST": "plenty", "ENVIRONMENT": "test"})
    assert status == 1
    assert (
        "fail  settings               MCP_RATE_LIMIT_BURST: Input should be a valid integer" in said
    )
    assert "plenty" not in said


def test_right_settings_pass(chosen: Options) -> None:
    assert plane.settings(chosen).level is Level.OK


def test_state_directory_in_a_place_where_nobody_may_write_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    chosen = options.read({"STATE_DIR": str(tmp_path / "file" / "var")})
    finding = machine.state_directory(chosen)
    assert finding.level is Level.FAIL
    assert str(tmp_path / "file") in finding.text
    assert "STATE_DIR=" in finding.mend
    assert machine.state_directory(options.read({"STATE_DIR": str(tmp_path / "new")})).mend == ""


def test_long_state_directory_is_a_warning(tmp_path: Path) -> None:
    chosen = options.read({"STATE_DIR": str(tmp_path / ("d" * 100))})
    assert engines.socket_paths(chosen).level is Level.WARN


def test_disk_is_measured_where_the_data_goes(chosen: Options) -> None:
    finding = machine.disk_space(chosen)
    assert str(chosen.state.root) in finding.text
    assert "GB free" in finding.text


def test_machine_has_what_this_suite_runs_with(chosen: Options) -> None:
    assert machine.node_js(chosen).text.startswith("v")
    assert machine.operating_system(chosen).level is Level.OK
    assert packages.python_version(chosen).level is Level.OK


def test_check_that_meets_a_broken_thing_has_found_it(chosen: Options) -> None:
    def broken_part(_: Options) -> Finding:
        raise LaunchError("it is broken")

    finding = doctor.examine(broken_part, chosen)
    assert finding == Finding(Level.FAIL, "broken part", "it is broken")

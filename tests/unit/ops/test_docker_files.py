"""The container files run the launcher's own commands, closed down and watched."""

import json
import re
from importlib.metadata import distribution
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from apps.ops.launcher import container_secrets
from apps.ops.launcher.commands import SERVICES, Commands
from apps.ops.launcher.state import CHECKOUT
from controlplane.config import Config
from tests.support import compose as files

COMMANDS = Commands(python="python", host="0.0.0.0", beat_schedule="/state/beat-schedule")
PLANE = (*SERVICES, "migrate", "roles")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return files.compose()


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return files.dockerfile()


@pytest.mark.parametrize("name", SERVICES)
def test_service_runs_the_launchers_command(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["command"] == COMMANDS.service(name)


def test_migrations_run_the_launchers_command_as_the_owner(compose: dict[str, Any]) -> None:
    migrate = compose["services"]["migrate"]
    assert migrate["command"] == COMMANDS.migrate()
    assert "DATABASE_OWNER_URL_FILE" in migrate["environment"]


def test_image_runs_the_web_service_by_default(dockerfile: str) -> None:
    commands = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert json.loads(commands[-1]) == COMMANDS.web()


def test_what_a_host_has_to_say_is_in_the_example_and_would_be_taken(
    compose: dict[str, Any],
) -> None:
    text = (CHECKOUT / "docker" / "compose.yaml").read_text()
    lines = (CHECKOUT / "docker" / ".env.example").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert said.keys() == set(re.findall(r"\$\{(\w+):-", text))
    taken = Config(
        public_url=said["PUBLIC_URL"],
        allowed_hosts=said["ALLOWED_HOSTS"],
        device_networks=said["DEVICE_NETWORKS"],
    )
    assert taken.public_url == f"https://{taken.allowed_hosts[0]}"
    for name in SERVICES:
        assert "PUBLIC_URL" in compose["services"][name]["environment"]


def test_image_is_checked_every_30_seconds(dockerfile: str, compose: dict[str, Any]) -> None:
    for option in ("--interval=30s", "--timeout=3s", "--retries=3"):
        assert f"HEALTHCHECK {option}" in dockerfile or f" {option}" in dockerfile
    check = re.search(r"HEALTHCHECK .*?CMD (\[.*\])", dockerfile)
    assert check
    healthcheck = compose["services"]["web"]["healthcheck"]
    assert json.loads(check[1]) == healthcheck["test"][1:]
    assert json.loads(check[1])[-1] == "/health"
    assert (healthcheck["interval"], healthcheck["timeout"], healthcheck["retries"]) == (
        "30s",
        "3s",
        3,
    )


def test_image_runs_as_its_own_user_from_several_stages(dockerfile: str) -> None:
    assert len(re.findall(r"^FROM ", dockerfile, re.MULTILINE)) >= 3
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last_stage, re.MULTILINE) == ["10001:10001"]


def test_image_installs_the_lock_as_it_is_and_the_lock_is_complete() -> None:
    (install,) = (line for line in files.stages()["python"].every("RUN") if "install" in line)
    assert "pip install --no-deps --require-hashes -r /prod.txt" in install
    lock = (CHECKOUT / "requirements" / "prod.txt").read_text()
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    asked = [Requirement(one) for name in here(lock) for one in distribution(name).requires or ()]
    wanted = {
        canonicalize_name(one.name)
        for one in asked
        if one.marker is None or one.marker.evaluate({"extra": ""})
    }
    assert wanted <= locked
    assert len(wanted) > 20


def here(lock: str) -> list[str]:
    """The locked packages that are for this platform."""
    lines = re.findall(r"^([\w.-]+)==[^;\s]+(?: ; (.*?))? \\$", lock, re.MULTILINE)
    pairs = (Requirement(f"{name} ; {marker}" if marker else name) for name, marker in lines)
    return [one.name for one in pairs if one.marker is None or one.marker.evaluate()]


@pytest.mark.parametrize("name", PLANE)
def test_container_of_the_plane_is_closed_down(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_log_of_every_service_is_rotated_by_docker(compose: dict[str, Any]) -> None:
    drivers = {name: one["logging"]["driver"] for name, one in compose["services"].items()}
    assert set(drivers) == {*PLANE, "postgres", "valkey"}
    assert set(drivers.values()) == {"local"}


def test_no_service_gets_a_secret_by_value(compose: dict[str, Any]) -> None:
    secret = re.compile(r"KEY|PASSWORD|PEPPER|DATABASE_.*URL")
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if secret.search(name):
                assert name.endswith("_FILE")
                assert value == f"/run/secrets/{value.rpartition('/')[2]}"
                assert value.rpartition("/")[2] in service["secrets"]


def test_every_secret_is_made_by_the_command_the_file_names(
    compose: dict[str, Any], tmp_path: Any
) -> None:
    made = set(container_secrets.make(tmp_path / "secrets"))
    wanted = {entry["file"].removeprefix("secrets/") for entry in compose["secrets"].values()}
    assert wanted <= made
    assert "apps.ops.launcher.container_secrets" in (files.DOCKER / "compose.yaml").read_text()


def test_only_migrations_know_the_owners_address(compose: dict[str, Any]) -> None:
    knowing = {
        name
        for name, service in compose["services"].items()
        if "database_owner_url" in service.get("secrets", [])
    }
    assert knowing == {"migrate", "roles"}


def test_only_the_web_service_is_published_and_only_here(compose: dict[str, Any]) -> None:
    published = {n: s["ports"] for n, s in compose["services"].items() if "ports" in s}
    assert set(published) == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_cache_settings_equal_the_embedded_ones(compose: dict[str, Any]) -> None:
    from apps.ops.launcher.engines.valkey import DURABLE

    command = compose["services"]["valkey"]["command"]
    for name, value in {**DURABLE, "maxmemory-policy": "noeviction", "save": ""}.items():
        assert command[command.index(f"--{name}") + 1] == value


def test_everything_the_image_copies_exists_and_is_let_through(dockerfile: str) -> None:
    let_through = {
        line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.MULTILINE)
    for source in " ".join(copied).split():
        assert source.split("/")[0] in let_through

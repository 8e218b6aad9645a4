"""State files, secrets, logs and the lock on disk."""

import fcntl
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from apps.ops.launcher import container_secrets, lock, logs, secret_files
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.state import State, write_json


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_folders_with_secrets_and_sockets_are_private(state: State) -> None:
    assert {mode(folder) for folder in (state.run, state.log, state.secrets)} == {0o700}


def test_json_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"a": 1})
    write_json(path, {"b": 2})
    assert path.read_text().split() == ["{", '"b":', "2", "}"]
    assert mode(path) == 0o600
    assert os.listdir(tmp_path) == ["x.json"]


def test_metrics_of_the_last_run_are_forgotten(state: State) -> None:
    state.empty_metrics()
    (state.metrics / "counter_1.db").write_text("old")
    state.empty_metrics()
    assert list(state.metrics.iterdir()) == []


def test_secrets_are_made_once_private_and_usable(state: State) -> None:
    named = secret_files.ensure(state.secrets, {})
    before = {name: Path(path).read_text() for name, path in named.items()}
    assert secret_files.ensure(state.secrets, {}) == named
    assert {name: Path(path).read_text() for name, path in named.items()} == before
    assert {mode(Path(path)) for path in named.values()} == {0o600}
    Fernet(before["CREDENTIAL_KEYS_FILE"].encode())
    key = load_pem_private_key(before["AUDIT_SEAL_KEY_FILE"].encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    assert before["SECRET_KEY_FILE"] != before["API_KEY_PEPPER_FILE"]


def test_secret_the_environment_gives_is_left_to_it(state: State) -> None:
    named = secret_files.ensure(state.secrets, {"SECRET_KEY": "x", "API_KEY_PEPPER_FILE": "/y"})
    assert set(named) == {"CREDENTIAL_KEYS_FILE", "AUDIT_SEAL_KEY_FILE"}
    assert not (state.secrets / "secret_key").exists()


def test_container_secrets_agree_with_each_other_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    names = container_secrets.make(folder)
    before = {name: (folder / name).read_text() for name in names}
    password = before["controlplane_app_password"]
    assert f"controlplane_app:{password}@postgres/controlplane" in before["database_url"]
    assert before["postgres_password"] in before["database_admin_url"]
    assert container_secrets.make(folder) == names
    assert {name: (folder / name).read_text() for name in names} == before
    assert mode(folder) == 0o700


def append(folder: Path, text: str, most_bytes: int) -> None:
    descriptor = logs.open_log(folder, "web", most_bytes)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def test_long_log_moves_aside_at_start_and_three_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        append(tmp_path, f"{number}" * 20, most_bytes=10)
    assert sorted(os.listdir(tmp_path)) == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert (tmp_path / "web.log").read_text() == "5" * 20
    assert (tmp_path / "web.log.3").read_text() == "2" * 20


def test_short_log_goes_on(tmp_path: Path) -> None:
    append(tmp_path, "one\n", most_bytes=100)
    append(tmp_path, "two\n", most_bytes=100)
    assert (tmp_path / "web.log").read_text() == "one\ntwo\n"


def test_long_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    descriptor = logs.open_log(tmp_path, "web")
    os.write(descriptor, b"x" * 50)
    logs.trim(tmp_path, most_bytes=10)
    os.write(descriptor, b"new")
    os.close(descriptor)
    assert (tmp_path / "web.log").read_bytes() == b"new"
    assert (tmp_path / "web.log.1").read_bytes() == b"x" * 50


def test_tail_shows_the_last_lines_only(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_bytes(b"\xff\n" + b"".join(b"line %d\n" % n for n in range(9000)))
    assert logs.tail(tmp_path, "web", lines=2) == "    line 8998\n    line 8999"


def test_tail_of_a_silent_child_says_so(tmp_path: Path) -> None:
    assert "is empty" in logs.tail(tmp_path, "web")


def test_lock_refuses_a_second_holder_and_names_the_first(state: State) -> None:
    with (
        lock.only_instance(state.lock),
        pytest.raises(LaunchError, match=rf"already runs here \(process {os.getpid()}"),
        lock.only_instance(state.lock),
    ):
        pass
    with lock.only_instance(state.lock):
        assert lock.holder(state.lock) == os.getpid()
    assert lock.holder(state.lock) is None


def test_no_lock_file_means_no_holder(tmp_path: Path) -> None:
    assert lock.holder(tmp_path / "lock") is None


def test_lock_is_not_inherited(state: State) -> None:
    with lock.only_instance(state.lock):
        flags = [
            fcntl.fcntl(int(fd), fcntl.F_GETFD)
            for fd in os.listdir("/proc/self/fd")
            if os.path.realpath(f"/proc/self/fd/{fd}") == str(state.lock)
        ]
    assert flags == [fcntl.FD_CLOEXEC]

"""Socket folders are private and their paths short, or a stand-in is made safely."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ops.launcher import sockets
from apps.ops.launcher.errors import LaunchError
from tests.support.template import temporary_state


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return tmp_path / ("d" * 90)


@pytest.fixture
def stand_in(long: Path) -> Iterator[Path]:
    folder = sockets.socket_folder(long, {})
    yield folder
    shutil.rmtree(folder)


def test_short_plain_folder_is_used_itself(tmp_path: Path) -> None:
    wanted = tmp_path / "s"
    assert sockets.socket_folder(wanted, {}) == wanted
    assert wanted.stat().st_mode & 0o777 == 0o700


def test_long_folder_gets_a_private_stand_in(stand_in: Path) -> None:
    assert stand_in.parent == Path("/tmp")
    assert sockets.usable(stand_in)
    assert stand_in.stat().st_mode & 0o777 == 0o700


def test_stand_in_is_the_same_next_time_and_another_for_another_folder(
    long: Path, stand_in: Path
) -> None:
    assert sockets.socket_folder(long, {}) == stand_in
    stand_in.chmod(0o711)  # as when the database's account passes through
    assert sockets.socket_folder(long, {}) == stand_in
    other = sockets.socket_folder(long / "other", {})
    other.rmdir()
    assert other != stand_in


@pytest.mark.parametrize("name", ["with space", "per%cent", "quest?ion", "ümlaut"])
def test_path_that_urls_would_have_to_escape_is_not_used(tmp_path: Path, name: str) -> None:
    assert not sockets.usable(tmp_path / name)


def test_limit_is_the_kernels(tmp_path: Path) -> None:
    room = sockets.LONGEST_PATH - len(sockets.LONGEST_NAME) - 1
    assert sockets.usable(Path("/" + "a" * (room - 1)))
    assert not sockets.usable(Path("/" + "a" * room))


def test_runtime_directory_is_preferred(long: Path) -> None:
    runtime = temporary_state()
    folder = sockets.socket_folder(long, {"XDG_RUNTIME_DIR": str(runtime)})
    shutil.rmtree(runtime)
    assert folder.parent == runtime


def test_runtime_directory_that_is_not_there_is_not_used(long: Path) -> None:
    folder = sockets.socket_folder(long, {"XDG_RUNTIME_DIR": "/run/user/none"})
    folder.rmdir()
    assert folder.parent == Path("/tmp")


def test_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    squatted = tmp_path / "s"
    squatted.mkdir()
    squatted.chmod(0o777)
    with pytest.raises(LaunchError, match="not a private folder"):
        sockets.own_folder(squatted)


def test_link_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").symlink_to(tmp_path)
    with pytest.raises(LaunchError, match="not a private folder"):
        sockets.own_folder(tmp_path / "s")


def test_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    foreign = Path("/root")  # what an ordinary user meets
    if os.geteuid() == 0:
        foreign = tmp_path / "s"
        foreign.mkdir(mode=0o700)
        os.chown(foreign, 65534, 65534)
    with pytest.raises(LaunchError, match="not a private folder"):
        sockets.own_folder(foreign)

"""Decides in which folder PostgreSQL keeps its data, so that the account it runs as gets there."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from apps.ops.launcher.engines.account import Account, can_enter
from apps.ops.launcher.errors import LaunchError

SYSTEM_HOME = Path("/var/lib/controlplane")


@dataclass(frozen=True)
class Place:
    """Folders of one PostgreSQL: everything below `home` belongs to the account it runs as."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def programs(self) -> Path:
        return self.home / "programs"

    @property
    def sockets(self) -> Path:
        return self.home / "sock"


def settle(link: Path, account: Account | None, system_home: Path = SYSTEM_HOME) -> Place:
    """The place for the state directory's `pg`: there, or below `system_home` with a link.

    `home` is 0700 and belongs to the account; root enters it all the same.
    """
    if account is None:
        link.mkdir(mode=0o700, exist_ok=True)
        return Place(link.resolve())
    if not link.is_symlink() and can_enter(account, link.parent):
        return Place(_given(link, account).resolve())
    digest = hashlib.sha256(os.fsencode(link.parent.resolve())).hexdigest()[:16]
    system_home.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = _given(system_home / digest, account)
    if not can_enter(account, home):
        raise LaunchError(
            f"The account {account.name} cannot reach {home}: open {system_home} to it."
        )
    _point(link, home)
    return Place(home)


def _given(folder: Path, account: Account) -> Path:
    """Makes the folder and hands it over; one that belongs to a third account is refused."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if found.st_uid not in (account.uid, os.geteuid()) or folder.is_symlink():
        raise LaunchError(
            f"{folder} belongs to another account than {account.name}. Move it away to start empty."
        )
    os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def _point(link: Path, home: Path) -> None:
    if link.is_symlink() and link.resolve() == home.resolve():
        return
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        raise LaunchError(f"{link} holds a database its account can no longer reach: move it away.")
    link.symlink_to(home)

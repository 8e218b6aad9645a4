"""Finds the operating system account the database runs as when the plane runs as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apps.ops.launcher.errors import LaunchError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


def database_account() -> Account | None:
    """Whom PostgreSQL runs as; None means as the plane's own user. It refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LaunchError(
        f"PostgreSQL does not run as root and none of the accounts {', '.join(CANDIDATES)} exists. "
        "Make one (`useradd --system postgres`), run as an ordinary user, or set DATABASE_URL."
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account may walk down to the folder; asked of the kernel, not of mode bits."""
    probe = subprocess.run(  # noqa: S603 - a fixed command
        ["/usr/bin/test", "-x", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
        timeout=10,
    )
    return probe.returncode == 0

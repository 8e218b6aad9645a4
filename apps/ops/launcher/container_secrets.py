"""Makes the secret files of a container deployment in the folder given as argument.

What is there stays. Keep the folder: without its keys the stored credentials cannot be read.
"""

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.ops.launcher import secret_files
from apps.ops.launcher.engines.bootstrap_sql import DATABASE, OWNER, RUNTIME
from apps.ops.launcher.say import say

ADMIN = "postgres"
HOST = "postgres"


def make(folder: Path) -> list[str]:
    """Makes the missing files; returns the names of all.

    The files may be read by every account, because a container's user is another than this one;
    the folder may be entered by this user alone.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret_files.ensure(folder, {})
    roles = {"database_url": (RUNTIME, DATABASE), "database_owner_url": (OWNER, DATABASE)}
    roles["database_admin_url"] = (ADMIN, "postgres")
    for name, (role, database) in roles.items():
        password = _password(folder / f"{role}_password")
        _write(folder / name, f"postgresql://{role}:{password}@{HOST}/{database}")
    for path in folder.iterdir():
        path.chmod(0o644)
    return sorted(path.name for path in folder.iterdir())


def _password(path: Path) -> str:
    _write(path, secrets.token_urlsafe(32))
    return path.read_text()


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text)


def main(arguments: Sequence[str]) -> int:
    (folder,) = arguments
    say(f"{folder}: {', '.join(make(Path(folder)))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

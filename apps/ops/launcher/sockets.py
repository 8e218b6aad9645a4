"""Chooses a private folder whose socket paths are short and plain enough for every client."""

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from apps.ops.launcher.errors import LaunchError

LONGEST_PATH = 107
"""Bytes the kernel keeps of a socket path (sun_path, without its end mark)."""
LONGEST_NAME = "controlplane.sock.12"
"""As long as the longest of .s.PGSQL.5432, valkey.sock and those of the simulators, and more."""
OPEN_TO_OTHERS = 0o066
"""Mode bits that let others list or change a folder. Passing through it is not among them: the
database's account passes to a folder of its own."""
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
"""Characters that no URL form of the clients would need to escape."""


def socket_folder(preferred: Path, environ: Mapping[str, str]) -> Path:
    """`preferred`, or a stand-in of this user's own where its path is too long or not plain.

    The folder exists afterwards and only its owner may enter it.
    """
    if usable(preferred):
        preferred.mkdir(mode=0o700, parents=True, exist_ok=True)
        return preferred
    digest = hashlib.sha256(str(preferred).encode()).hexdigest()[:12]
    return own_folder(_base(environ) / f"controlplane-{os.getuid()}-{digest}")


def usable(folder: Path) -> bool:
    """Whether sockets in this folder can be reached by their path."""
    path = str(folder / LONGEST_NAME)
    return len(os.fsencode(path)) <= LONGEST_PATH and bool(PLAIN.fullmatch(path))


def own_folder(path: Path) -> Path:
    """Makes the folder for this user alone; raises LaunchError when another got there first."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if not ours or found.st_mode & OPEN_TO_OTHERS:
            raise LaunchError(
                f"{path} exists and is not a private folder of this user. Remove it, or use a "
                "shorter STATE_DIR so that sockets fit below it."
            ) from None
    return path


def _base(environ: Mapping[str, str]) -> Path:
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK | os.X_OK) and usable(Path(runtime) / ("x" * 40)):
        return Path(runtime)
    return Path("/tmp")  # noqa: S108 - made exclusively, checked  # nosec B108

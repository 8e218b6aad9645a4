"""Gives an ordinary user all ports: a network namespace of its own with loopback up.

`python -m tests.support.netns COMMAND ...` raises loopback, then becomes the command; what
`in_namespace` returns runs just that where the user is not root.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
from collections.abc import Sequence

# From linux/sockios.h and linux/if.h; `ip` is not installed everywhere.
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_REQUEST = "16sH22x"


def in_namespace(command: Sequence[str]) -> list[str]:
    """The command as it is for root, inside `unshare -rn` for everyone else."""
    if os.geteuid() == 0:
        return list(command)
    return ["unshare", "-rn", sys.executable, "-m", "tests.support.netns", *command]


def raise_loopback() -> None:
    """Sets `lo` up; harmless when it is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, asked)[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    raise_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])

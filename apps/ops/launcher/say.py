"""Speaks to the person at the terminal, and survives a terminal that went away."""

import contextlib
import sys


def say(text: str = "") -> None:
    """One line on standard output, flushed; a closed pipe is not worth dying for."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

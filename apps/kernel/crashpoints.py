"""Named places where a test may have its own process die, to prove that others take over."""

import os
from typing import Final

#: As a killed process ends: 128 and the number of SIGKILL.
KILLED: Final = 137


def reached(name: str) -> None:
    """Die here without a word when CRASH_AT names this place; inert but in tests."""
    if os.environ.get("CRASH_AT") == name and os.environ.get("ENVIRONMENT") == "test":
        os._exit(KILLED)

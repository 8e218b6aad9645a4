#!/usr/bin/env python3
"""The command line of the control plane: the launcher's commands, then Django's."""

import os
import sys


def main(arguments: list[str]) -> int:
    """`up` and `doctor` start before Django is imported: they must work without it, and fast."""
    command = arguments[1] if len(arguments) > 1 else None
    if command == "up":
        from apps.ops.launcher.up import main as up

        return up(arguments[2:])
    if command == "doctor":
        from apps.ops.launcher.doctor import main as doctor

        return doctor(arguments[2:])
    return django(arguments, command)


def django(arguments: list[str], command: str | None) -> int:
    """A Django management command, in the environment of the plane that runs here."""
    from apps.ops.launcher.environment import adopt

    adopt(os.environ, command)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

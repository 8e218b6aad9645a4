"""`manage.py doctor`: says what is wrong on this machine and how to mend it."""

import os
import sys
from collections.abc import Callable, Sequence

from apps.ops.launcher import options
from apps.ops.launcher.checks import engines, machine, packages, plane
from apps.ops.launcher.checks.finding import Finding, Level, fail
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.options import Options
from apps.ops.launcher.say import say

Check = Callable[[Options], Finding]

CHECKS: tuple[Check, ...] = (
    packages.python_version,
    packages.virtual_environment,
    packages.locked_packages,
    packages.browser_libraries,
    engines.postgres,
    engines.postgres_account,
    engines.valkey,
    engines.socket_paths,
    machine.operating_system,
    machine.state_directory,
    machine.disk_space,
    machine.low_ports,
    machine.node_js,
    machine.browser,
    plane.settings,
    plane.running,
    plane.web_port,
    plane.simulated_site,
)


def main(arguments: Sequence[str]) -> int:
    """Prints one line a check; 1 when one of them failed."""
    try:
        chosen = options.read(os.environ, arguments)
    except LaunchError as error:
        say(str(error))
        return 1
    findings = [examine(check, chosen) for check in CHECKS]
    for finding in findings:
        say(f"{finding.level.value:<5} {finding.subject:<22} {finding.text}")
        if finding.mend:
            say(f"      {'':<22} -> {finding.mend}")
    failed = sum(finding.level is Level.FAIL for finding in findings)
    say("" if not failed else f"\n{failed} of {len(findings)} checks failed.")
    return 1 if failed else 0


def examine(check: Check, chosen: Options) -> Finding:
    """A check's finding; a check that meets what it examines broken has found that."""
    try:
        return check(chosen)
    except (LaunchError, OSError) as error:
        return fail(check.__name__.replace("_", " "), str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

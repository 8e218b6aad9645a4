"""Locust's hooks: options, the common start, and the verdict at the end as the exit code."""

from pathlib import Path
from typing import Any

from locust import events

from tests.load.bench import Bench
from tests.load.locust.arrivals import everybody
from tests.load.locust.identities import demo_of, identities
from tests.load.locust.measured import Measured, counters
from tests.load.locust.scenario import Run

FLAWS_SHOWN = 10
measured = Measured()
_before: dict[str, float] = {}


@events.init_command_line_parser.add_listener
def options(parser: Any) -> None:
    parser.add_argument("--state", default="var", help="the plane's state directory")
    parser.add_argument("--rate", type=float, default=1000.0, help="calls a second, all together")


@events.test_start.add_listener
def begin(environment: Any, **_: Any) -> None:
    for scenario in environment.user_classes:
        scenario.begin(environment.parsed_options)
    _before.update(_metrics(environment))


@events.spawning_complete.add_listener
def everybody_is_there(**_: Any) -> None:
    everybody.set()


@events.request.add_listener
def note(name: str, response_time: float, exception: object, **_: Any) -> None:
    measured.note(name, response_time, exception)


@events.quitting.add_listener
def judge(environment: Any, **_: Any) -> None:
    """Print each figure beside its limit; a limit that is missed makes the exit code 1."""
    chosen = environment.parsed_options
    (scenario,) = environment.user_classes
    if not measured.latencies:
        environment.process_exit_code = 1
        return
    state, after = Path(chosen.state), _metrics(environment)
    run = Run(measured, chosen.num_users, chosen.rate, state, dict(_before), after)
    bench = Bench(f"load-{scenario.file_name}", scenario.says(run))
    scenario.judge(bench, run)
    bench.report()
    for flaw, count in measured.flaws.most_common(FLAWS_SHOWN):
        print(f"  {count} times {flaw}")
    missed = any(figure.met is False for figure in bench.figures)
    environment.process_exit_code = int(missed)


def _metrics(environment: Any) -> dict[str, float]:
    (admin,) = identities(demo_of(environment.parsed_options), ("admin",), "default")
    return counters(environment.host, admin.key)

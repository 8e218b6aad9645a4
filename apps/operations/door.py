"""The one door: every face calls `invoke`, and nothing acts without passing it."""

from typing import Final

import structlog
from django.db import InterfaceError, OperationalError
from prometheus_client import Counter, Histogram

from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.series import one
from apps.operations.admit import admit
from apps.operations.call import Call
from apps.operations.outcome import Outcome
from apps.operations.perform import perform

#: Edges in seconds; every limit that an alert or a goal names is one of them.
EDGES: Final = tuple(
    ms / 1000 for ms in (5, 10, 15, 20, 25, 30, 50, 100, 200, 500, 800, 1000, 2000, 3000, 5000)
)

CALLS = Counter("operation_calls_total", "Calls by verdict.", ["operation", "face", "verdict"])
DURATION = Histogram(
    "operation_duration_seconds", "Time from asking to answering.", ["operation"], buckets=EDGES
)

log = structlog.get_logger(__name__)


def invoke(call: Call) -> Outcome:
    """Admit and perform a call. Raises `Failure` for every verdict that is not an outcome."""
    started = clock.monotonic()
    verdict, name = Code.INTERNAL.value, "unknown"
    try:
        admitted = admit(call)
        outcome = admitted if isinstance(admitted, Outcome) else perform(admitted)
        verdict, name = outcome.status.value, call.operation
    except Failure as failure:
        verdict = failure.code.value
        name = "unknown" if failure.code is Code.NOT_FOUND else call.operation
        raise
    except (OperationalError, InterfaceError) as error:
        verdict = Code.BUSY.value
        log.warning("database away", operation=call.operation, error=str(error))
        raise Failure(
            Code.BUSY, "The database is not answering; nothing was done.", retry_after=2
        ) from None
    finally:
        one(CALLS, name, call.face.value, verdict).inc()
        one(DURATION, name).observe(clock.monotonic() - started)
    return outcome

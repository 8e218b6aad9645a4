"""A call that only waits for a job: it waits on the event loop, and holds no thread meanwhile."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from apps.kernel import clock
from apps.mcp.streams.hub import hub
from apps.mcp.streams.uris import job_uri
from apps.mcp.threads import threads
from apps.mcp.visit import Visit
from apps.operations.call import Call, Receipt
from apps.operations.core import AnyOperation
from apps.operations.door import invoke
from apps.operations.outcome import Outcome

#: Seconds of a wait that is one look.
ONE_LOOK: Final = 0.001
#: Seconds after which the row is looked at although nothing was heard, and between two looks.
LOOK_AGAIN: Final = 5.0
PAUSE: Final = 0.1


async def waited(visit: Visit, operation: AnyOperation, call: Call) -> Outcome:
    """The outcome of a call that waits: one look, and others when something was heard.

    The first look is the call: it is charged, and refused where it has to be.
    """
    try:
        data: Any = operation.input.model_validate(call.input)
    except ValidationError:
        return await threads.run(invoke, call)
    until = clock.monotonic() + data.timeout
    look = replace(call, input=_one_look(call.input))
    with hub().ear(visit, (job_uri(data.job),)) as ear:
        await hub().begin()
        outcome = await threads.run(invoke, look)
        again = replace(look, receipt=Receipt(0))
        while not _is_over(outcome) and not ear.closing and clock.monotonic() < until:
            await ear.listen(min(LOOK_AGAIN, until - clock.monotonic()))
            await asyncio.sleep(PAUSE)
            outcome = await threads.run(invoke, again)
    return outcome


def _one_look(given: Mapping[str, Any]) -> dict[str, Any]:
    return {**given, "timeout": ONE_LOOK}


def _is_over(outcome: Outcome) -> bool:
    return bool((outcome.output or {}).get("finished"))

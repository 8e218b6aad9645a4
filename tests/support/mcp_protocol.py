"""Prints the CPU (µs) of a call to a tool that does nothing: on the thin path, and in the SDK."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import django

django.setup()

from apps.kernel.actor import system_actor  # noqa: E402 - after the apps are set up
from apps.mcp import extras, owner  # noqa: E402 - as above
from apps.mcp.extras import Extra  # noqa: E402 - as above
from apps.mcp.gate import replayed  # noqa: E402 - as above
from apps.mcp.message import message_of  # noqa: E402 - as above
from apps.mcp.route import Way, way_of  # noqa: E402 - as above
from apps.mcp.visit import visit_of  # noqa: E402 - as above
from tests.support.asgi import scope_of  # noqa: E402 - as above
from tests.support.conformance.fitting import said, tool  # noqa: E402 - as above
from tests.support.mcp_load import Target, called  # noqa: E402 - as above

CALLS, ROUNDS = 2_000, 5


async def main() -> None:
    result = said("done")
    extras.install((Extra(tool("nothing"), lambda arguments: result),))
    here = owner.here()
    await here.ready()
    head, _, body = called(Target(8000, "key"), "nothing").partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers = {name.lower(): value for name, value in lines}
    answered: list[bytes] = []

    async def keep(message: dict[str, object]) -> None:
        answered.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]

    async def nothing_more() -> dict[str, object]:
        return {"type": "http.disconnect"}

    visit = visit_of(scope_of("/mcp", method="POST", headers=headers), keep)
    visit.actor = system_actor("bench")

    async def thin() -> None:
        message = message_of(body, visit.headers)
        if way_of(visit, message) is not Way.THIN:
            raise SystemExit("the call is not taken by the thin path")
        await here.thin.answer(visit, message)

    async def sdk() -> None:
        receive = replayed(body, nothing_more)
        await here.manager(Way.JSON).handle_request(visit.scope, receive, visit.send)

    figures = [await cost(thin), await cost(sdk)]
    bodies = {json.dumps(json.loads(one), sort_keys=True) for one in answered if one}
    if len(bodies) != 1:
        raise SystemExit(f"the paths answer differently: {bodies}")
    print(json.dumps(figures))
    await owner.close_here()


async def cost(once: Callable[[], Awaitable[None]]) -> float:
    """Least of several rounds: what disturbs a round only makes it dearer."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            await once()
        found.append((time.process_time() - began) / CALLS * 1e6)
    return min(found)


if __name__ == "__main__":
    asyncio.run(main())

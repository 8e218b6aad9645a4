"""What the conformance suites call by name: tools, resources and prompts that only tests have."""

from typing import Any

from mcp.server.lowlevel import Server

from apps.mcp import extras, server
from tests.support.conformance import asking, content, reading, rounds, tasks
from tests.support.conformance.fitting import answer_calls


def install() -> None:
    """Give the face of this process every fixture."""
    extras.install((*content.TOOLS, *asking.TOOLS, *rounds.TOOLS, *reading.TOOLS, *tasks.TOOLS))
    tasks.installed_too()
    server.additions.append(fit)


def fit(made: Server[Any]) -> None:
    """Give a server the handlers behind the fixtures; what is the product's stays so."""
    answer_calls(made, {**asking.ANSWERS, **rounds.ANSWERS, **reading.ANSWERS})
    rounds.seal(made)
    reading.fit(made)
    tasks.fit(made)

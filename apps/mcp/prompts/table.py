"""The prompts there are, and who sees which."""

from typing import Final

import mcp_types as types

from apps.kernel.actor import Actor
from apps.kernel.errors import nearest, not_found
from apps.mcp.prompts import cores, mining, shift
from apps.mcp.prompts.core import Prompt

PROMPTS: Final[tuple[Prompt, ...]] = (*cores.PROMPTS, *mining.PROMPTS, *shift.PROMPTS)


def listed(actor: Actor) -> list[types.Prompt]:
    """The prompts for what `actor` may see."""
    return [
        types.Prompt(
            name=prompt.name,
            title=prompt.title,
            description=prompt.description,
            arguments=[
                types.PromptArgument(
                    name=one.name, description=one.description, required=one.required
                )
                for one in prompt.arguments
            ],
        )
        for prompt in PROMPTS
        if actor.may(prompt.permission)
    ]


def require(name: str, actor: Actor) -> Prompt:
    """A prompt `actor` sees; raises `not_found` alike for all others."""
    seen = {prompt.name: prompt for prompt in PROMPTS if actor.may(prompt.permission)}
    if name not in seen:
        raise not_found("prompt", name, guess=nearest(name, seen))
    return seen[name]

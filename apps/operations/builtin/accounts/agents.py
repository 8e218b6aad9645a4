"""Agents: stopped and let go on, one or all, and how much each may do in an hour."""

from datetime import datetime
from typing import Final

from django.db import transaction
from pydantic import Field

from apps.accounts.models import User, UserKind
from apps.accounts.selectors import AgentLimits, agents, tenant_of, user_named
from apps.accounts.services import (
    agent_limits_set,
    agent_resume,
    agent_stop,
    agents_resume,
    agents_stop,
)
from apps.events.closing import close_streams
from apps.kernel.actor import Actor
from apps.kernel.errors import nearest, not_found
from apps.operations import budgets
from apps.operations.builtin.accounts.shared import (
    FACES,
    MOST_AN_HOUR,
    PERMISSION,
    Username,
    about,
    require_person,
    whole_tenant,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef

#: Whoever is on shift may stop an agent; to let it go on takes an administrator.
STOP: Final = "accounts.operate"


class AccountsAgentStopIn(Schema):
    """Which agent; all where none is named."""

    agent: Username | None = Field(
        default=None, description="Name of the agent. Leave it out to stop all of the tenant."
    )


class AccountsAgentResumeIn(Schema):
    """Which agent; those stopped together where none is named."""

    agent: Username | None = Field(
        default=None,
        description="Name of the agent. Leave it out to take back the stop of all; an agent "
        "that was stopped alone stays so.",
    )


class AccountsAgentLimitIn(Schema):
    """How much an agent may do in an hour. Both numbers are set; a blank takes the tenant's."""

    agent: Username = Field(description="Name of the agent.")
    calls_per_hour: int | None = Field(
        default=None, ge=0, le=MOST_AN_HOUR, description="Calls; left out: the tenant's number."
    )
    devices_per_hour: int | None = Field(
        default=None,
        ge=0,
        le=MOST_AN_HOUR,
        description="Devices it may change; left out: the tenant's number.",
    )


class AccountsAgentListIn(Schema):
    """Nothing is needed."""


class AccountsAgentView(Schema):
    """An agent, whether it is stopped, and what it has used of the running hour."""

    agent: str = Field(description="Name of the agent.")
    acts_for: str = Field(description="Person it acts for.")
    stopped: bool = Field(description="Whether it may do nothing now: stopped alone, or with all.")
    stopped_at: datetime | None = Field(
        description="When it was stopped alone; null if it was not."
    )
    calls: int = Field(description="Calls it made since the full hour.")
    calls_per_hour: int = Field(description="Calls it may make in an hour.")
    devices: int = Field(description="Devices it changed since the full hour.")
    devices_per_hour: int = Field(description="Devices it may change in an hour.")


class AccountsAgentListOut(Schema):
    """The tenant's agents by name; `all_stopped_at` when all are stopped together."""

    agents: list[AccountsAgentView] = Field(description="The tenant's agents, by name.")
    all_stopped_at: datetime | None = Field(
        description="When all were stopped together; null if they were not."
    )


def agent_of(actor: Actor, username: str, permission: str) -> User:
    """An agent of the tenant; raises `not_found`, also for a person."""
    if not actor.may_everywhere(permission):
        raise not_found("agent", username)
    user = user_named(actor, username)
    if user is None or user.kind != UserKind.AGENT:
        raise not_found(
            "agent", username, guess=nearest(username, [one.username for one in agents(actor)])
        )
    return user


def stop_targets(actor: Actor, data: AccountsAgentStopIn) -> tuple[TargetRef, ...]:
    """The agent, or the whole tenant."""
    require_person(actor)
    if data.agent is None:
        return whole_tenant(actor, data)
    return about(agent_of(actor, data.agent, STOP))


def change_targets(
    actor: Actor, data: AccountsAgentResumeIn | AccountsAgentLimitIn
) -> tuple[TargetRef, ...]:
    """The same, for administrators."""
    require_person(actor)
    if data.agent is None:
        return whole_tenant(actor, data)
    return about(agent_of(actor, data.agent, PERMISSION))


def stop(ctx: Context, data: AccountsAgentStopIn) -> AccountsAgentListOut:
    """Refuse all they ask from now on; their jobs stop at the next safe point."""
    if data.agent is None:
        agents_stop(tenant_of(ctx.actor))
        stopped = agents(ctx.actor)
    else:
        stopped = [agent_of(ctx.actor, data.agent, STOP)]
        agent_stop(stopped[0])
    transaction.on_commit(lambda: close_all(stopped))
    return answer(ctx)


def close_all(stopped: list[User]) -> None:
    """Have the streams of agents look at their rights at once."""
    for agent in stopped:
        close_streams(agent.id, "The agent was stopped.")


def resume(ctx: Context, data: AccountsAgentResumeIn) -> AccountsAgentListOut:
    """Let them go on; what was refused or stopped meanwhile stays so."""
    if data.agent is None:
        agents_resume(tenant_of(ctx.actor))
    else:
        agent_resume(agent_of(ctx.actor, data.agent, PERMISSION))
    return answer(ctx)


def limit(ctx: Context, data: AccountsAgentLimitIn) -> AccountsAgentListOut:
    """Set an agent's own numbers."""
    agent = agent_of(ctx.actor, data.agent, PERMISSION)
    ctx.before = {"calls": agent.calls_per_hour, "devices": agent.devices_per_hour}
    agent_limits_set(agent, calls=data.calls_per_hour, devices=data.devices_per_hour)
    ctx.after = {"calls": data.calls_per_hour, "devices": data.devices_per_hour}
    return answer(ctx)


def agent_list(ctx: Context, data: AccountsAgentListIn) -> AccountsAgentListOut:
    """All agents of the tenant."""
    return answer(ctx)


def answer(ctx: Context) -> AccountsAgentListOut:
    """How the agents of the tenant stand now."""
    found, tenant = agents(ctx.actor), tenant_of(ctx.actor)
    used = budgets.used(agent.id for agent in found)
    rows = [
        view(agent, AgentLimits.of(agent, tenant), used.get(agent.id, (0, 0))) for agent in found
    ]
    return AccountsAgentListOut(agents=rows, all_stopped_at=tenant.agents_stopped_at)


def view(agent: User, limits: AgentLimits, used: tuple[int, int]) -> AccountsAgentView:
    """A row as callers see it."""
    stopped_at = limits.stopped_at or limits.all_stopped_at
    return AccountsAgentView(
        agent=agent.username,
        acts_for=agent.acts_for.username if agent.acts_for else "",
        stopped=stopped_at is not None,
        stopped_at=stopped_at,
        calls=used[0],
        calls_per_hour=limits.calls,
        devices=used[1],
        devices_per_hour=limits.devices,
    )


OPERATIONS = (
    Operation(
        name="accounts.agent.stop",
        summary="Stop an agent, or all agents, at once: nothing they ask for is done any more.",
        input=AccountsAgentStopIn,
        output=AccountsAgentListOut,
        handler=stop,
        targets=stop_targets,
        permission=STOP,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.agent.resume",
        summary="Let a stopped agent, or all agents, go on.",
        input=AccountsAgentResumeIn,
        output=AccountsAgentListOut,
        handler=resume,
        targets=change_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.agent.limit",
        summary="Set how many calls an agent may make, and devices it may change, in an hour.",
        input=AccountsAgentLimitIn,
        output=AccountsAgentListOut,
        handler=limit,
        targets=change_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="accounts.agent.list",
        summary="List the agents: whether they are stopped, and what they used of this hour.",
        input=AccountsAgentListIn,
        output=AccountsAgentListOut,
        handler=agent_list,
        targets=whole_tenant,
        permission=STOP,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)

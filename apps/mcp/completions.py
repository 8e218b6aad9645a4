"""Names and ids that fit what was typed so far: the caller's own, and a bounded number of them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

import mcp_types as types

from apps.fleet import selectors as fleet
from apps.fleet.models import DeviceKind
from apps.fleet.rollouts import selectors as rollouts
from apps.jobs import selectors as jobs
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, not_found
from apps.mcp import prompts
from apps.mcp.resources.shelves import SHELVES
from apps.miners import selectors as miners
from apps.qsys import selectors as qsys

#: Values of one answer; the protocol allows a hundred.
VALUES_MOST: Final = 50
#: Jobs, newest first, among which an id is looked for.
JOBS_MOST: Final = 500

Given = Mapping[str, str]
Finder = Callable[[Actor, str, Given], list[str]]


def devices(actor: Actor, typed: str, given: Given, kind: str = "") -> list[str]:
    """Names of devices with `typed` in them."""
    rows = fleet.matching(actor, kind=kind).filter(name__icontains=typed).order_by("name")
    return list(rows.values_list("name", flat=True)[: VALUES_MOST + 1])


def cores(actor: Actor, typed: str, given: Given) -> list[str]:
    """Names of Cores."""
    return devices(actor, typed, given, DeviceKind.CORE)


def one_miner(actor: Actor, typed: str, given: Given) -> list[str]:
    """Names of miners."""
    return devices(actor, typed, given, DeviceKind.MINER)


def several_miners(actor: Actor, typed: str, given: Given) -> list[str]:
    """The list so far, with each miner that could be its last name."""
    head, comma, last = typed.rpartition(",")
    begun = f"{head}{comma} " if comma else ""
    return [f"{begun}{name}" for name in one_miner(actor, last.strip(), given)]


def components(actor: Actor, typed: str, given: Given) -> list[str]:
    """Code Names of the Core that was chosen before; none before one is."""
    try:
        device = qsys.core_device(actor, given.get("core", ""))
    except Failure:
        return []
    rows = qsys.controls(actor, device).exclude(component="")
    named = rows.filter(component__icontains=typed).order_by("component")
    return list(named.values_list("component", flat=True).distinct()[: VALUES_MOST + 1])


def some_jobs(actor: Actor, typed: str, given: Given) -> list[str]:
    """Ids of recent jobs, newest first."""
    recent = jobs.jobs(actor).order_by("-id").values_list("id", flat=True)[:JOBS_MOST]
    return [text for text in map(str, recent) if text.startswith(typed.lower())]


def schedules(actor: Actor, typed: str, given: Given) -> list[str]:
    """Ids of schedules whose id begins so, or whose name has it."""
    rows = jobs.schedules(actor).order_by("name").values_list("id", "name")[:JOBS_MOST]
    return _by_id_or_name(rows, typed)


def some_rollouts(actor: Actor, typed: str, given: Given) -> list[str]:
    """Ids of rollouts whose id begins so, or whose name has it."""
    rows = rollouts.rollouts(actor).order_by("-id").values_list("id", "name")[:JOBS_MOST]
    return _by_id_or_name(rows, typed)


def _by_id_or_name(rows: Iterable[tuple[UUID, str]], typed: str) -> list[str]:
    wanted = typed.lower()
    return [str(id_) for id_, name in rows if str(id_).startswith(wanted) or wanted in name.lower()]


def policies(actor: Actor, typed: str, given: Given) -> list[str]:
    """Ids of control policies whose id begins so, or whose name has it."""
    rows = qsys.policies(actor).order_by("name").values_list("id", "name")[:JOBS_MOST]
    return _by_id_or_name(rows, typed)


def sites(actor: Actor, typed: str, given: Given) -> list[str]:
    """Paths of places."""
    rows = fleet.sites(actor).filter(path__icontains=typed).order_by("path")
    return list(rows.values_list("path", flat=True)[: VALUES_MOST + 1])


def versions(actor: Actor, typed: str, given: Given) -> list[str]:
    """Versions of firmware that can be installed."""
    rows = miners.installable(actor).filter(version__icontains=typed)
    named = rows.order_by("version").values_list("version", flat=True).distinct()
    return list(named[: VALUES_MOST + 1])


#: By the name of a template's variable, or of a prompt's argument.
FINDERS: Final[dict[str, Finder]] = {
    "component": components,
    "core": cores,
    "device": devices,
    "job": some_jobs,
    "miner": one_miner,
    "miners": several_miners,
    "policy": policies,
    "rollout": some_rollouts,
    "schedule": schedules,
    "site": sites,
    "version": versions,
}


def completed(actor: Actor, params: types.CompleteRequestParams) -> types.Completion:
    """What may stand there; nothing for a free text. Raises `not_found` for what is not there."""
    name = params.argument.name
    if name not in _arguments_of(actor, params.ref):
        raise not_found("argument", name)
    finder = FINDERS.get(name)
    given = params.context.arguments if params.context and params.context.arguments else {}
    found = finder(actor, params.argument.value, given) if finder else []
    return types.Completion(values=found[:VALUES_MOST], has_more=len(found) > VALUES_MOST)


def _arguments_of(
    actor: Actor, ref: types.ResourceTemplateReference | types.PromptReference
) -> tuple[str, ...]:
    if isinstance(ref, types.PromptReference):
        return tuple(one.name for one in prompts.require(ref.name, actor).arguments)
    for shelf in SHELVES:
        if shelf.one is not None and ref.uri in (shelf.template, shelf.uri):
            return shelf.variables if actor.may(shelf.permission) else ()
    raise not_found("resource template", ref.uri)

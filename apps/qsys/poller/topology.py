"""Asks a Core what it has, and puts what is wanted into change groups."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from apps.qsys.client import (
    UNKNOWN_COMPONENT,
    UNKNOWN_CONTROL,
    ChangeGroup,
    ControlState,
    QsysRejected,
    QsysSession,
)
from apps.qsys.poller.plan import Found, GroupPlan, Path

T = TypeVar("T")
R = TypeVar("R")

#: Questions that are in flight at once on one connection.
AT_ONCE: Final = 32
#: Controls in one request, which keeps it well below any frame limit.
IN_ONE: Final = 500
UNKNOWN: Final = frozenset({UNKNOWN_COMPONENT, UNKNOWN_CONTROL})


async def read_controls(qrc: QsysSession, *, timeout: float) -> list[Found]:
    """Every control of every component that the Core exposes."""
    components = await qrc.components(timeout=timeout)

    async def of(name: str) -> list[Found]:
        try:
            states = await qrc.controls(name, timeout=timeout)
        except QsysRejected:
            return []
        return [_found(name, state) for state in states]

    names = [one.name for one in components if _is_storable(one.name)]
    lists = await _in_parallel(of, names)
    return [one for some in lists for one in some if _is_storable(one.name)]


async def read_named(qrc: QsysSession, names: Sequence[str], *, timeout: float) -> list[Found]:
    """Those of the named controls that the Core knows; it cannot list them itself."""

    async def of(name: str) -> list[Found]:
        try:
            states = await qrc.control_get([name], timeout=timeout)
        except QsysRejected as error:
            if error.code not in UNKNOWN:
                raise
            return []
        return [_found("", state) for state in states if state.name == name]

    lists = await _in_parallel(of, [name for name in names if _is_storable(name)])
    return [one for some in lists for one in some]


async def add_members(group: ChangeGroup, plan: GroupPlan, *, timeout: float) -> set[Path]:
    """Put a plan's controls into its group; those that the Core does not know.

    Raises QsysRejected when the Core has no group left.
    """

    async def add(part: tuple[str, list[str]]) -> set[Path]:
        component, names = part
        try:
            await _add(group, component, names, timeout)
        except QsysRejected as error:
            if error.code not in UNKNOWN:
                raise
            if len(names) == 1:
                return {(component, names[0])}
            return set().union(*[await add((component, [name])) for name in names])
        return set()

    return set().union(*await _in_parallel(add, list(_parts(plan))))


async def _add(group: ChangeGroup, component: str, names: list[str], timeout: float) -> None:
    if component:
        await group.add(component, names, timeout=timeout)
    else:
        await group.add_named(names, timeout=timeout)


def _parts(plan: GroupPlan) -> Iterable[tuple[str, list[str]]]:
    for component, names in plan.by_component().items():
        for start in range(0, len(names), IN_ONE):
            yield component, names[start : start + IN_ONE]


async def _in_parallel(work: Callable[[T], Awaitable[R]], items: Sequence[T]) -> list[R]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with slots:
            return await work(item)

    return await asyncio.gather(*map(one, items))


def _found(component: str, state: ControlState) -> Found:
    return Found(
        component,
        state.name,
        state.type[:20],
        state.direction[:12],
        state.value_min,
        state.value_max,
    )


def _is_storable(name: str) -> bool:
    """No text column takes a NUL, and an index entry has a limit."""
    return "\0" not in name and 0 < len(name.encode()) <= 1_000

"""Splitting a frozen list of devices into phases, and naming the place that holds them all."""

from collections.abc import Sequence
from typing import TypeVar

from apps.fleet.rollouts.rules import PhaseRules
from apps.kernel.errors import invalid

T = TypeVar("T")


def split(members: Sequence[T], phases: Sequence[PhaseRules]) -> list[list[T]]:
    """The members of each phase, in order; every member is in exactly one.

    Raises `invalid` where a phase would be empty or members would be left over.
    """
    parts, begin = [], 0
    for number, rules in enumerate(phases):
        size = size_of(rules, len(members), len(members) - begin)
        if size == 0:
            raise invalid(
                f"phases.{number}",
                f"would be empty: all {len(members)} devices are in the ones before it.",
            )
        parts.append(list(members[begin : begin + size]))
        begin += size
    if begin < len(members):
        raise invalid(
            f"phases.{len(phases) - 1}",
            f"leaves {len(members) - begin} of {len(members)} devices out; leave size and percent "
            "of the last phase away to take all that are left.",
        )
    return parts


def size_of(rules: PhaseRules, total: int, left: int) -> int:
    """How many of `left` devices the phase takes; a share is rounded up."""
    if rules.size is not None:
        return min(rules.size, left)
    if rules.percent is not None:
        return min(-(-rules.percent * total // 100), left)
    return left


def place_of_all(paths: Sequence[str]) -> str:
    """The deepest place that holds all these; '/' where they share none."""
    first, last = min(paths).split("/"), max(paths).split("/")
    shared = []
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        shared.append(one)
    path = "/".join(shared)
    return path if path.endswith("/") else f"{path}/"

"""Whether a Core runs what it should: its pin, its pair and its place are asked, in this order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

#: A design is deployed to the Cores of a place one by one: for so long they may differ.
DEPLOYS_WITHIN: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is pinned; blank members say nothing."""

    design: str = ""
    code: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """What one Core runs, since when, where, and what is known beside it."""

    device_id: UUID
    site_path: str
    design: str
    code: str
    since: datetime
    platform: str = ""
    firmware: str = ""
    pair_differs: bool = False
    pin: Expected | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Why a Core counts as drifted, as words of the contract and as a sentence each."""

    reasons: tuple[str, ...]
    detail: str


def drifts(cores: Sequence[Running], now: datetime) -> dict[UUID, Drift]:
    """The Cores that do not run what they should, with the reasons.

    A pin decides alone. Else Cores of one place that run a design of one name should run the
    version that was deployed last; and those of one model the firmware that most of them have.
    """
    designs, firmware = _newest(cores, now), _commonest(cores)
    found = {}
    for one in cores:
        said = list(_reasons(one, designs, firmware))
        if said:
            reasons = tuple(dict.fromkeys(reason for reason, _ in said))
            found[one.device_id] = Drift(reasons, " ".join(words for _, words in said))
    return found


def _reasons(
    one: Running,
    designs: Mapping[tuple[str, str], Running],
    firmware: Mapping[tuple[str, str], str],
) -> Iterable[tuple[str, str]]:
    pin = one.pin or Expected()
    if _strays(one.design, pin.design) or _strays(one.code, pin.code):
        wanted = _named(pin.design, pin.code)
        yield "pin", f"It runs {_named(one.design, one.code)}, pinned is {wanted}."
    if one.pair_differs:
        yield "pair", "The two Cores of the pair run different designs."
    newest = designs.get((one.site_path, one.design))
    if not (pin.design or pin.code) and newest is not None and newest.code != one.code:
        yield "site", f"{newest.code} of {one.design} was deployed last there, it runs {one.code}."
    wanted = pin.firmware or firmware.get((one.site_path, one.platform), "")
    if one.firmware and _strays(one.firmware, wanted):
        yield "firmware", f"Its firmware is {one.firmware}, expected is {wanted}."


def _strays(is_now: str, should_be: str) -> bool:
    return bool(should_be) and is_now != should_be


def _named(design: str, code: str) -> str:
    return f"{design or 'any design'} ({code})" if code else design or "no design"


def _newest(cores: Iterable[Running], now: datetime) -> dict[tuple[str, str], Running]:
    """By place and name the Core whose design was deployed last, unless that is going on."""
    newest: dict[tuple[str, str], Running] = {}
    for one in cores:
        key = (one.site_path, one.design)
        if one.design and (key not in newest or one.since > newest[key].since):
            newest[key] = one
    return {key: one for key, one in newest.items() if now - one.since >= DEPLOYS_WITHIN}


def _commonest(cores: Iterable[Running]) -> dict[tuple[str, str], str]:
    """By place and model the firmware that most Cores have; of equally many the newest."""
    known: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in cores:
        if one.firmware:
            known[one.site_path, one.platform][one.firmware] += 1
    return {
        key: max(counts, key=lambda text: (counts[text], _version(text)))
        for key, counts in known.items()
    }


def _version(text: str) -> list[tuple[int, str]]:
    """A version in an order in which 9.10 is newer than 9.9."""
    return [(int(part) if part.isdecimal() else -1, part) for part in text.split(".")]

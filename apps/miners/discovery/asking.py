"""Asking addresses who they are: a bounded number at once and a second, nothing is changed."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from apps.fleet.services.passwords import NEXT
from apps.miners.client import cgminer
from apps.miners.client.errors import ClientError, Refused, Unreachable
from apps.miners.client.miner import MinerClient
from apps.miners.client.types import MinerDetails
from apps.miners.models.find import Answer

#: Addresses asked at the same time, and begun with in a second.
AT_ONCE: Final = 32
A_SECOND: Final = 64
#: Seconds for the first answer; a miner's own is there within half a second.
ANSWER_S: Final = 1.5
#: Seconds for a login and what it tells.
DETAILS_S: Final = 8.0
MUTE: Final = "It takes connections and does not answer; scan again when it has come to itself."


class Heard(Enum):
    """What came from the API's port: its answer, something else, a connection without an answer,
    nothing in time, or a refusal."""

    API = auto()
    ODD = auto()
    SLOW = auto()
    LATE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Question:
    """One address, the log-ins to try in this order, and whether its port 4028 may be asked."""

    host: str
    port: int
    logins: Sequence[Mapping[str, str]] = ()
    may_cgminer: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from one address."""

    host: str
    answer: Answer
    words: str = ""
    details: MinerDetails | None = field(default=None, repr=False)


async def sweep(questions: Sequence[Question]) -> list[Reply]:
    """Ask all of them; those that do not answer are left out."""
    gate, began = asyncio.Semaphore(AT_ONCE), time.monotonic()

    async def one(number: int, question: Question) -> Reply | None:
        await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
        async with gate:
            return await ask(question)

    found = await asyncio.gather(*(one(*each) for each in enumerate(questions)))
    return [reply for reply in found if reply is not None]


async def ask(question: Question) -> Reply | None:
    """Who answers at one address; None: nobody. One that took too long is asked once more."""
    heard, kind = await _heard(question, ANSWER_S), ""
    if heard is Heard.SLOW:
        heard = await _heard(question, DETAILS_S)
    elif heard is Heard.LATE:
        # Far away, or something else: both are found out in the time of one.
        heard, kind = await asyncio.gather(_heard(question, ANSWER_S), _kind(question))
    elif heard is not Heard.API:
        kind = await _kind(question)
    if heard is Heard.API:
        return await _named(question)
    if heard is Heard.SLOW:
        return Reply(question.host, Answer.LOCKED, MUTE)
    words = f"A miner without Braiins OS's public API: {kind}." if kind else ""
    if not words and heard is Heard.ODD:
        words = "Something answers there that is not Braiins OS's public API."
    return Reply(question.host, Answer.FOREIGN, words) if words else None


async def _heard(question: Question, patience: float) -> Heard:
    """What the API's port answers within `patience` seconds to what needs no log-in."""
    probe = MinerClient(question.host, question.port, password="")
    try:
        await probe.api_version(timeout=patience)
    except Unreachable as error:
        if error.timed_out:
            return Heard.SLOW if error.sent else Heard.LATE
        return Heard.ODD if error.sent else Heard.NOTHING
    except ClientError:
        return Heard.ODD
    finally:
        await probe.close()
    return Heard.API


async def _kind(question: Question) -> str:
    """What else a machine calls itself, where the allow-list lets it be asked."""
    if not question.may_cgminer:
        return ""
    return await cgminer.kind_of(question.host, timeout=ANSWER_S)


async def _named(question: Question) -> Reply:
    """A miner on Braiins OS, with what it tells to one of the log-ins."""
    words = "It wants a log-in and the range has none; set secrets with fleet.range.save."
    for login in question.logins:
        client = MinerClient(
            question.host,
            question.port,
            username=login.get("username", "root"),
            password=login.get("password", ""),
            next_password=login.get(NEXT, ""),
        )
        try:
            details = await client.details(timeout=DETAILS_S)
        except Refused:
            words = "It does not accept the range's log-in; set secrets with fleet.range.save."
        except ClientError as error:
            words = f"It does not say who it is ({str(error)[:150]}); scan again."
        else:
            return Reply(question.host, Answer.IDENTIFIED, details=details)
        finally:
            await client.close()
    return Reply(question.host, Answer.LOCKED, words)

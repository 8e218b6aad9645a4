"""The sessions of this process: opened here, or gone on with when a request arrives.

The SDK keeps a session in one process. Its id says how it was opened, so any other process opens
it again, unseen by its client. What one process alone waits for (the answer to a question, a
cancellation) is passed on by whichever process it reaches.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message as AsgiMessage
from starlette.types import Receive

from apps.kernel.errors import Code, Failure
from apps.mcp import gate, replies
from apps.mcp.message import Message
from apps.mcp.session import inside, news
from apps.mcp.session.asked import is_anothers
from apps.mcp.session.ended import Ended
from apps.mcp.session.opening import digest_of, opened
from apps.mcp.streams.sessions import sessions
from apps.mcp.visit import SESSION_HEADER, Visit

#: Sessions whose place is known here; the SDK has as many at most.
KNOWN: Final = 10_000
CANCELLED: Final = "notifications/cancelled"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session lives in this process: under which id of the SDK's, and whose it is."""

    inner: str
    visit: Visit


class Living:
    """Belongs to one event loop, as the SDK's manager does."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._adopting = asyncio.Lock()
        self._listener = news.Listener(self._hear)
        self._ended = Ended()

    async def recognise(self, visit: Visit) -> None:
        """Know the session that a request names; raises `not_found` for one that is over, is
        somebody else's or never was."""
        number = visit.headers[SESSION_HEADER]
        opening = opened(number, visit.actor)
        if opening is None or await self._ended.has(digest_of(number)):
            raise over()
        visit.opening, visit.session = opening, number

    async def close(self) -> None:
        """Hear of other processes no more."""
        await self._listener.close()

    # -- what a client sends

    async def post(self, visit: Visit, message: Message, receive: Receive) -> None:
        """Answer a POST of a session, or pass it on to the process that waits for it."""
        session = digest_of(visit.session)
        if message.method == "initialize":
            await self._open(visit, session, gate.replayed(message.body, receive))
        elif message.data and not (message.method and "id" in message.data):
            await self._word(visit, session, message)
        else:
            await self._serve(visit, session, lambda: gate.replayed(message.body, receive))

    async def stand(self, visit: Visit, receive: Receive) -> None:
        """Hold the stream open on which a session is told what belongs to no request."""
        session = digest_of(visit.session)
        async with sessions().standing(visit):
            # Whoever tells needs the connection: any request of the session shows it.
            place = await self._place(visit, session)
            if not await self._ask(place, inside.request("ping", {})):
                self._places.pop(session, None)
            await self._serve(visit, session, lambda: receive)

    async def end(self, visit: Visit) -> None:
        """End a session, in every process."""
        session = digest_of(visit.session)
        await self._ended.add(session)
        await news.tell(news.ENDED, session)
        await self._leave(session)
        await sessions().forget(session)
        await replies.acknowledge(visit, 200)

    async def _open(self, visit: Visit, session: str, receive: Receive) -> None:
        await self._listener.begin()
        self._ended.trust(session)

        async def learn(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                message, inner = inside.without_id(message)
                if inner:
                    self._settle(session, Place(inner, inside.quiet(visit)))
            await visit.send(message)

        await self._manager.handle_request(inside.scope_for(visit, ""), receive, learn)

    async def _serve(self, visit: Visit, session: str, receiving: Callable[[], Receive]) -> None:
        """Hand a request to the SDK's session; to a new one where that has ended by itself."""
        for _ in range(2):
            place = await self._place(visit, session)
            if await self._handed(visit, place, receiving()):
                return
            self._places.pop(session, None)
        raise over()

    async def _handed(self, visit: Visit, place: Place, receive: Receive) -> bool:
        """Whether the SDK still has the session; nothing was answered where it has not."""
        gone = False

        async def send(message: AsgiMessage) -> None:
            nonlocal gone
            if message["type"] == "http.response.start":
                gone = message["status"] == 404
                message = inside.without_id(message)[0]
            if not gone:
                await visit.send(message)

        await self._manager.handle_request(inside.scope_for(visit, place.inner), receive, send)
        return not gone

    async def _word(self, visit: Visit, session: str, message: Message) -> None:
        """An answer or a notification: taken at once, for whoever waits for it."""
        if message.method == CANCELLED or is_anothers(message.data.get("id")):
            await news.tell(news.DELIVER, session, message.body)
        await self._deliver(session, message.body)
        await replies.acknowledge(visit)

    # -- where a session lives

    async def _place(self, visit: Visit, session: str) -> Place:
        """Where a session lives here; it is opened again if it does not."""
        found = self._places.get(session)
        if found is None:
            async with self._adopting:
                found = self._places.get(session) or await self._adopted(visit)
        self._settle(session, found)
        return found

    async def _adopted(self, visit: Visit) -> Place:
        if visit.opening is None:
            raise over()
        await self._listener.begin()
        same = inside.quiet(visit)
        opens = inside.request("initialize", visit.opening.params())
        inner = await inside.ask(self._manager, same, "", opens)
        if not inner:
            raise Failure(Code.BUSY, "This process has no more sessions to give.", retry_after=5)
        place = Place(inner, same)
        await self._ask(place, inside.notification("notifications/initialized"))
        return place

    def _settle(self, session: str, place: Place) -> None:
        self._places[session] = place
        self._places.move_to_end(session)
        while len(self._places) > KNOWN:
            self._places.popitem(last=False)

    async def _leave(self, session: str) -> None:
        """End the SDK's part of a session, if it lives here."""
        place = self._places.pop(session, None)
        if place is not None:
            await inside.ask(self._manager, inside.leaving(place.visit), place.inner, b"")

    # -- what other processes say

    async def _hear(self, word: str, session: str, body: bytes) -> None:
        if word == news.DELIVER:
            await self._deliver(session, body)
        elif word == news.TUNED:
            await sessions().retune(session)
        elif word == news.ENDED:
            self._ended.hear(session)
            await self._leave(session)
            await sessions().forget(session)

    async def _deliver(self, session: str, body: bytes) -> None:
        """Hand an answer or a notification to the session, if it lives here. One that nothing
        waits for is passed over."""
        place = self._places.get(session)
        if place is not None:
            await self._ask(place, body)

    async def _ask(self, place: Place, body: bytes) -> bool:
        """Whether the SDK still had the session and took a message of it."""
        return bool(await inside.ask(self._manager, place.visit, place.inner, body))


def over() -> Failure:
    """The failure that has a client open a new session."""
    return Failure(Code.NOT_FOUND, "This session is over, or never was; initialize a new one.")

"""Sessions that their clients have ended: remembered for as long as their ids would be good."""

from typing import Final

import redis
import structlog

from apps.kernel import clock
from apps.kernel.valkey import valkey_here
from apps.mcp.session.opening import LIFE

#: Seconds for which a session that was not ended is taken to be so still; another process
#: tells of an end at once, where it can.
TRUSTED: Final = 30.0
#: Sessions of which that is known at once.
KNOWN: Final = 10_000

log = structlog.get_logger(__name__)


class Ended:
    """Belongs to one event loop, as its connection to Valkey does."""

    def __init__(self) -> None:
        self._trusted: dict[str, float] = {}

    async def has(self, session: str) -> bool:
        """Whether a session was ended; while Valkey is away none was."""
        now = clock.monotonic()
        if self._trusted.get(session, 0.0) > now:
            return False
        try:
            over = bool(await valkey_here().exists(_key(session)))
        except (redis.RedisError, OSError) as error:
            log.warning("ended sessions not read", error=str(error))
            return False
        if not over:
            self.trust(session)
        return over

    def trust(self, session: str) -> None:
        """Take a session to be open, for a while."""
        if len(self._trusted) >= KNOWN:
            self._trusted.clear()
        self._trusted[session] = clock.monotonic() + TRUSTED

    def hear(self, session: str) -> None:
        """A session was ended by another process."""
        self._trusted.pop(session, None)

    async def add(self, session: str) -> None:
        """End a session."""
        self._trusted.pop(session, None)
        try:
            await valkey_here().set(_key(session), 1, ex=LIFE)
        except (redis.RedisError, OSError) as error:
            log.warning("end of a session not written", error=str(error))


def _key(session: str) -> str:
    return f"mcp:session:ended:{session}"

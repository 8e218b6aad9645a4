"""Login tokens of a simulated miner: several live at once, each renewed by use."""

from __future__ import annotations

import secrets
import string

from apps.kernel.clock import Clock

LIFETIME_S = 3600
_ALPHABET = string.ascii_letters + string.digits


class Tokens:
    """Issues tokens and knows which are still good."""

    def __init__(self, clock: Clock, lifetime_s: int = LIFETIME_S) -> None:
        self.lifetime_s = lifetime_s
        self._clock = clock
        self._last_use: dict[str, float] = {}

    def issue(self) -> str:
        """A fresh token of 16 letters and digits."""
        self._drop_expired()
        token = "".join(secrets.choice(_ALPHABET) for _ in range(16))
        self._last_use[token] = self._clock.monotonic()
        return token

    def use(self, token: str) -> bool:
        """Whether the token is good; a good one starts its lifetime anew."""
        self._drop_expired()
        if token not in self._last_use:
            return False
        self._last_use[token] = self._clock.monotonic()
        return True

    def drop_all(self) -> None:
        """Forget every token, as a reboot does."""
        self._last_use.clear()

    def _drop_expired(self) -> None:
        oldest = self._clock.monotonic() - self.lifetime_s
        self._last_use = {t: used for t, used in self._last_use.items() if used > oldest}

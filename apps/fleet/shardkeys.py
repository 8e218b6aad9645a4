"""Where Valkey keeps what is known of a shard: its lease, its heartbeats, its stop flag."""

from dataclasses import dataclass
from typing import Final

#: Milliseconds a shard's lease lives without being renewed.
LEASE_MS: Final = 5_000
#: Milliseconds during which a dispatched shard is not dispatched again.
DISPATCHED_MS: Final = 2_500

EXTEND: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""

DELETE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

#: Deletes a lease whose value begins with an epoch and its colon.
DELETE_OF_EPOCH: Final = """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class ShardKey:
    """One shard of one driver's devices, under one epoch: the fence of every write."""

    driver: str
    number: int
    epoch: int = 0

    @property
    def lease(self) -> str:
        """Holds `epoch:task-id` while somebody polls."""
        return f"cp:shard:{self.driver}:{self.number}:lease"

    @property
    def dispatched(self) -> str:
        """There while a task that was sent has not had time to take the lease."""
        return f"cp:shard:{self.driver}:{self.number}:dispatched"

    @property
    def stop(self) -> str:
        """There while the shard is not to be polled."""
        return f"cp:shard:{self.driver}:{self.number}:stop"

    @property
    def beats(self) -> str:
        """A hash of heartbeats by epoch: who polls, and when it last said so."""
        return f"cp:shard:{self.driver}:{self.number}:beats"

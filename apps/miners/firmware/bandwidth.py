"""How fast images go to a site: all uploads to it share one bucket in Valkey, in equal parts."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import redis
from django.conf import settings

from apps.fleet.models import Device
from apps.kernel.valkey import valkey, valkey_here
from apps.miners.client.upload import CHUNK_BYTES

#: Share of the time an upload may take that is counted on; the rest is for log-in and answers.
COUNTED_ON: Final = 0.8

# Takes the next free time of the line for so many bytes; answers the seconds until it comes.
# One chunk is reserved at a time, so uploads at once take turns, whichever process has them.
_RESERVE: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = free + tonumber(ARGV[1]) / tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.ceil((after - now) * 1000) + 1)
return tostring(free - now)
"""
# Enters an upload unless `most` others are on the way; one whose worker died leaves by its time.
_ENTER: Final = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def rate() -> int:
    """Bytes a second for each site; 0: as fast as it goes."""
    return settings.CONFIG.firmware_site_bytes_per_second


def site_of(device: Device) -> str:
    """The topmost place a device is in, which shares one line; empty without a place."""
    return device.site_path.strip("/").partition("/")[0]


def seconds_alone(size: int) -> float:
    """Seconds that `size` bytes take while nothing else goes to the site; 0 without a limit."""
    return size / rate() if rate() else 0.0


def most_at_once(size: int) -> int:
    """Uploads of `size` bytes that a site can have on the way and still end in time."""
    counted_on = settings.CONFIG.firmware_send_seconds * COUNTED_ON
    return max(1, int(counted_on / seconds_alone(size)))


@contextmanager
def place(device: Device, size: int) -> Iterator[bool]:
    """Whether an upload may begin now; it counts for its site until the block ends.

    Without Valkey it may: a fleet is not left half upgraded for want of a count.
    """
    if not rate():
        yield True
        return
    key, member = f"cp:firmware:sending:{_line(device)}", str(device.id)
    seconds = settings.CONFIG.firmware_send_seconds
    try:
        entered = bool(valkey().eval(_ENTER, 1, key, member, most_at_once(size), seconds))
    except redis.RedisError:
        entered = True
    try:
        yield entered
    finally:
        if entered:
            with suppress(redis.RedisError):
                valkey().zrem(key, member)


class Pace:
    """The waits of one upload of `size` bytes to a device."""

    def __init__(self, device: Device, size: int) -> None:
        self._key = f"cp:firmware:line:{_line(device)}"
        self._left = size

    async def turn(self) -> None:
        """Wait until the next chunk may leave. Without Valkey each upload keeps to the rate."""
        if not rate():
            return
        chunk = min(CHUNK_BYTES, self._left)
        self._left -= chunk
        try:
            wait = float(await valkey_here().eval(_RESERVE, 1, self._key, chunk, rate()))
        except (redis.RedisError, OSError):
            wait = chunk / rate()
        await asyncio.sleep(wait)


def _line(device: Device) -> str:
    return f"{device.tenant_id}:{site_of(device)}"

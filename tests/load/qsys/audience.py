"""Subscribes to the live frames of a bench's Valkey and throws them away."""

import sys

import redis

from apps.events.frames import FRAMES_CHANNEL

if __name__ == "__main__":
    with redis.Redis.from_url(sys.argv[1]).pubsub() as line:
        line.subscribe(FRAMES_CHANNEL)
        for _ in line.listen():
            pass

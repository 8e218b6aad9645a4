"""One call of each tool as somebody would make it, for the reference and for describing a tool."""

from typing import Any, Final

_ID: Final = "0199c2d4-7a31-7c55-9d0e-1f6b8a2c4e90"
_KEY: Final = "upgrade-miner-07-to-26.08"

#: Arguments by operation; a test has each accepted by its operation's input.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "audit.checkpoint": {},
    "audit.entry.list": {"operation": "qsys.control.set", "since": "2026-01-31T06:00:00Z"},
    "fleet.breaker.status": {"device": "Miner 07"},
    "fleet.device.list": {"kind": "miner", "site": "/plant/hall-b/", "liveness": "lost"},
    "fleet.device.probe": {"device": "Lobby Core"},
    "fleet.stop.list": {},
    "fleet.stop.set": {"site": "/plant/hall-b/", "reason": "Smoke in hall B."},
    "fleet.summary.get": {},
    "jobs.job.answer": {
        "job": _ID,
        "answers": {"confirm": {"action": "accept", "content": {"confirm": True}}},
    },
    "jobs.job.cancel": {"job": _ID, "hard": True, "reason": "The wrong rack."},
    "jobs.job.get": {"job": _ID, "lines": 50},
    "jobs.job.retry": {"job": _ID, "idempotency_key": "retry-1", "reason": "The rack is back."},
    "jobs.job.wait": {"job": _ID},
    "jobs.schedule.create": {
        "name": "Quiet at night",
        "operation": "qsys.control.set",
        "input": {
            "device": "Lobby Core",
            "component": "Lobby Gain",
            "control": "gain",
            "value": -30,
        },
        "cron": "0 22 * * *",
        "time_zone": "Europe/Prague",
        "idempotency_key": "quiet-at-night",
    },
    "jobs.schedule.delete": {"schedule": _ID},
    "jobs.schedule.pause": {"schedule": _ID, "reason": "There is a show."},
    "jobs.schedule.preview": {"cron": "30 6 * * 1-5", "time_zone": "Europe/Prague", "count": 3},
    "jobs.schedule.resume": {"schedule": _ID},
    "jobs.schedule.update": {"schedule": _ID, "cron": "0 23 * * *"},
    "miners.firmware.list": {},
    "miners.firmware.upgrade": {"device": "Miner 07", "image": _ID, "idempotency_key": _KEY},
    "miners.miner.locate": {"device": "Miner 07", "on": True},
    "miners.miner.pause": {"device": "Miner 07", "reason": "Work at the rack."},
    "miners.miner.reboot": {"device": "Miner 07", "idempotency_key": "reboot-1"},
    "miners.miner.resume": {"device": "Miner 07"},
    "miners.miner.status": {"device": "Miner 07"},
    "miners.power.set": {"device": "Miner 07", "watts": 2_800, "dry_run": True},
    "qsys.change.undo": {"device": "Lobby Core", "ramp": 2, "reason": "It was the wrong zone."},
    "qsys.component.list": {"device": "Lobby Core", "type": "gain"},
    "qsys.control.batch": {
        "device": "Lobby Core",
        "settings": [
            {"component": "Lobby Gain", "control": "gain", "value": -12.5, "ramp": 2},
            {"component": "Lobby Gain", "control": "mute", "value": False},
        ],
    },
    "qsys.control.get": {"device": "Lobby Core", "component": "Lobby Gain"},
    "qsys.control.set": {
        "device": "Lobby Core",
        "component": "Lobby Gain",
        "control": "gain",
        "value": -12.5,
        "ramp": 1.5,
        "reason": "The sound check begins.",
    },
    "qsys.core.status": {"device": "Lobby Core"},
    "qsys.event.list": {"device": "Lobby Core", "component": "Lobby Gain", "limit": 20},
    "qsys.mixer.set": {
        "device": "Lobby Core",
        "mixer": "Main Mixer",
        "what": "SetCrossPointMute",
        "value": True,
        "inputs": "1-4 !3",
        "outputs": "*",
    },
    "qsys.player.start": {
        "device": "Lobby Core",
        "player": "Loop Player",
        "files": [{"name": "Rain.mp3", "output": 1, "mode": "stereo"}],
        "loop": True,
    },
    "qsys.player.stop": {"device": "Lobby Core", "player": "Loop Player", "outputs": [1]},
    "qsys.snapshot.load": {"device": "Lobby Core", "bank": "Evening", "slot": 3, "ramp": 4},
    "qsys.snapshot.save": {
        "device": "Lobby Core",
        "bank": "Evening",
        "slot": 3,
        "reason": "The mix of the sound check.",
    },
    "qsys.watch.set": {"device": "Lobby Core", "name": "Gains", "controls": ["gain"], "rate_hz": 5},
    "system.health": {"detail": True},
    "system.metrics": {"names": ["operation_calls"]},
    "system.ping": {},
}

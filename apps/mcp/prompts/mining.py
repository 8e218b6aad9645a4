"""Prompts about miners: one that is silent, one that wastes power, many that get new firmware."""

from typing import Final

from apps.fleet import selectors as fleet
from apps.fleet.models import Device, DeviceKind
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.mcp.prompts.core import Argument, Given, Prompt, Reading

#: Miners of one batch that are looked at one by one.
MINERS_MOST: Final = 10
MINER: Final = Argument("miner", "The miner's name or id.")


def miner_of(actor: Actor, name: str) -> Device:
    """The miner; raises `not_found` with the nearest name."""
    return fleet.device_get(actor, name, kind=DeviceKind.MINER, permission="miners.view")


def offline_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The miner, what stands between it and us, its neighbours, and what was done to it."""
    device = miner_of(actor, given["miner"])
    return (
        Reading("The miner as last seen", uri=f"fleet://devices/{device.id}"),
        Reading("The miner asked just now", "miners.miner.status", {"device": str(device.id)}),
        Reading("Its circuit breaker", "fleet.breaker.status", {"device": str(device.id)}),
        Reading(
            "Devices at the same place",
            "fleet.device.list",
            {"site": device.site_path, "limit": 20},
        ),
        Reading(
            "What was done to it last",
            "audit.entry.list",
            {"object": str(device.id), "limit": 10},
        ),
    )


def offline_task(given: Given) -> str:
    """How to find out why a miner is silent."""
    return f"""\
The miner {given["miner"]!r} does not answer. Find out why, and say what to do about it.

1. Since when is it silent, and did somebody or something act on it shortly before? A reboot or a
   firmware upgrade keeps it away for some minutes, and that is no fault.
2. Are its neighbours silent, too? Then look for power or network of the place, not at the miner.
3. Is the circuit breaker open? Then calls are held back until it tries again by itself;
   fleet_breaker_status says when.
4. If it answers after all, look at its status and its errors (miners_miner_status).

Change nothing yet. Restarting it (miners_miner_reboot) is a last step: it plans first, and a person
confirms it. End with the most likely cause, how sure you are, and the next step for a person."""


def efficiency_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The miner with its range of power, and what it does now."""
    device = miner_of(actor, given["miner"])
    return (
        Reading("The miner and its range of power", uri=f"miners://miners/{device.id}"),
        Reading("The miner asked just now", "miners.miner.status", {"device": str(device.id)}),
        Reading(
            "What was done to it last",
            "audit.entry.list",
            {"object": str(device.id), "limit": 10},
        ),
    )


def efficiency_task(given: Given) -> str:
    """How to bring a miner to fewer joules a terahash."""
    aim = given.get("target_efficiency")
    goal = f"{aim} J/TH" if aim else "fewer joules a terahash than now"
    return f"""\
Bring the miner {given["miner"]!r} to {goal}, without losing more hash rate than that costs.

1. Work out where it stands: watts divided by TH/s is J/TH. An hour of readings says more than one.
2. Less power is the lever: miners hash more efficiently below their nominal target. Stay within
   the least and the most watts of this miner.
3. Propose one step of at most 10 % of the power target, and say what you expect of it in TH/s and
   J/TH. Show it with `dry_run` (miners_power_set) before anybody agrees.
4. After a step wait until the tuner has settled (ten minutes at least), read miners_miner_status
   again, and compare with what you expected. Stop when a step brings less than 1 %.

If its errors or its temperature explain the waste, say so instead of changing the target."""


def batch_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The images, and the miners: each by itself, or a page of all."""
    images = Reading("Firmware images", "miners.firmware.list")
    if given["miners"].lower() == "all":
        every = {"kind": DeviceKind.MINER.value, "limit": 100}
        return images, Reading("The miners", "fleet.device.list", every)
    names = [name.strip() for name in given["miners"].split(",") if name.strip()]
    if len(names) > MINERS_MOST:
        raise invalid("miners", "names too many.", allowed=f"up to {MINERS_MOST} names, or 'all'")
    devices = [miner_of(actor, name) for name in names]
    return images, *(
        Reading(f"Miner {number}", uri=f"miners://miners/{device.id}")
        for number, device in enumerate(devices, 1)
    )


def batch_task(given: Given) -> str:
    """How to bring new firmware to several miners without losing them all at once."""
    return f"""\
Bring firmware {given["version"]!r} to these miners: {given["miners"]}.

1. Find the verified image of that version, and that it is made for each miner's model. Leave out,
   and name, every miner that has the version already, is not answering, or has no fitting image.
2. Begin with one miner, the canary. Call miners_firmware_upgrade with `dry_run`, show the plan,
   then call it again for its confirmation, and repeat it with the confirmation once the person you
   work for agrees. A second person may have to grant it; then wait for that.
3. Follow the job (jobs_job_wait) to its end. Go on only if it succeeded: the version was read back
   and the hash rate is healthy again.
4. Then the others. A few: one after the other, never two of one rack at once. More: as a rollout
   (fleet_rollout_create), a tenth first and then the rest, that pauses at the first failure; show
   its plan, begin it (fleet_rollout_start) once it is agreed to, and look at it until it is over
   (fleet_rollout_get). Stop at the first failure either way, and report.

Use a new `idempotency_key` for each miner. Report at the end a table: miner, version before,
version after, hash rate before and after, or why it was left out."""


PROMPTS: Final = (
    Prompt(
        "troubleshoot_miner_offline",
        "Troubleshoot an offline miner",
        "Find out why a miner does not answer.",
        "miners.view",
        (MINER,),
        offline_readings,
        offline_task,
    ),
    Prompt(
        "optimize_power_efficiency",
        "Optimise power efficiency",
        "Bring a miner to fewer joules a terahash, step by step.",
        "miners.view",
        (
            MINER,
            Argument("target_efficiency", "Wanted joules a terahash, such as 22.", required=False),
        ),
        efficiency_readings,
        efficiency_task,
    ),
    Prompt(
        "batch_firmware_update",
        "Update the firmware of several miners",
        "Bring a firmware version to several miners, a canary first.",
        "miners.view",
        (
            Argument("miners", "Names or ids with commas between them, or 'all'."),
            Argument("version", "The firmware version, as the list of images names it."),
        ),
        batch_readings,
        batch_task,
    ),
)

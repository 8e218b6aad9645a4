"""A scan: a job that looks through one range in steps and writes down who answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import transaction
from django.db.models import GenericIPAddressField, Q
from django.db.models.functions import Cast

from apps.fleet import loop
from apps.fleet.addresses import Ip
from apps.fleet.models import Credential, Device, DeviceStatus, DiscoveryRange
from apps.fleet.services import range_get, range_login
from apps.fleet.services.ranges import askable, may_ask, network_of
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, not_found
from apps.kernel.keyring import keyring
from apps.miners.client import cgminer
from apps.miners.client.miner import DEFAULT_PORT
from apps.miners.discovery import asking, judging
from apps.miners.discovery.asking import Question, Reply
from apps.miners.discovery.schemas import MinersDiscoveryScanIn, MinersDiscoveryScanOut
from apps.miners.driver import NAME
from apps.miners.models import Find
from apps.operations.context import Context
from apps.operations.core import Again, TargetRef

CONFIGURE: Final = "fleet.configure"
#: Addresses of one step: a job can be cancelled between two, and shows how far it is.
STEP: Final = 128
#: Seconds a step may take before it counts as hung.
STEP_S: Final = 120.0
#: Finds that the answer itself lists; the others are in miners.discovery.list.
MOST_LISTED: Final = 200


def scan_targets(actor: Actor, data: MinersDiscoveryScanIn) -> tuple[TargetRef, ...]:
    """The range, at its place."""
    row = range_get(actor, data.range, CONFIGURE)
    return (TargetRef("range", row.id, row.network, row.path),)


def scan(ctx: Context, data: MinersDiscoveryScanIn) -> MinersDiscoveryScanOut | Again:
    """One step of a scan; the last one says what was found. Nothing is registered."""
    row = range_get(ctx.actor, data.range, CONFIGURE)
    if row.driver != NAME:
        raise conflict(f"The range {row.network} is for {row.driver}; only {NAME} is looked for.")
    network = network_of(row.network)
    hosts = askable(network, (DEFAULT_PORT,))
    state = ctx.state or {"done": 0, "began": clock.now().isoformat()}
    done = int(state["done"])
    keep(row, loop.run(asking.sweep(questions(row, hosts[done : done + STEP])), timeout=STEP_S))
    done = min(done + STEP, len(hosts))
    ctx.progress(done, len(hosts), f"{done} of {len(hosts)} addresses of {row.network} asked.")
    if done < len(hosts):
        return Again(0.0, {"done": done, "began": state["began"]})
    finish(row, datetime.fromisoformat(str(state["began"])))
    return summed(ctx.actor, row, len(hosts), len(list(network.hosts())))


def questions(row: DiscoveryRange, hosts: Sequence[Ip]) -> list[Question]:
    """What is asked where: a registered device's own log-in first, then the range's."""
    own = logins_of(row, list(map(str, hosts)))
    login = range_login(row)
    return [
        Question(
            host=str(host),
            port=DEFAULT_PORT,
            logins=[one for one in (own.get(str(host)), login) if one],
            may_cgminer=may_ask(host, (cgminer.PORT,)),
        )
        for host in hosts
    ]


def logins_of(row: DiscoveryRange, hosts: Sequence[str]) -> dict[str, dict[str, str]]:
    """The log-ins of the tenant's devices that are registered at these addresses."""
    rows = Credential.objects.filter(
        device__tenant_id=row.tenant_id,
        device__driver=NAME,
        device__status=DeviceStatus.ACTIVE,
        device__address__in=hosts,
    ).values_list("device__address", "sealed")
    return {address: orjson.loads(keyring().unseal(bytes(sealed))) for address, sealed in rows}


def keep(row: DiscoveryRange, replies: Sequence[Reply]) -> None:
    """Write down who answered; an address that was silent keeps its older find.

    The range's row is held meanwhile: one that was deleted during the scan gets no finds.
    """
    with transaction.atomic():
        if not DiscoveryRange.system.select_for_update().filter(id=row.id).exists():
            raise not_found("range", row.id)
        for reply in replies:
            Find.system.update_or_create(
                range_id=row.id,
                address=reply.host,
                defaults={
                    "tenant_id": row.tenant_id,
                    "path": row.path,
                    "answer": reply.answer,
                    "words": reply.words[:300],
                    "seen_at": clock.now(),
                    **said(reply),
                },
            )


def finish(row: DiscoveryRange, began: datetime) -> None:
    """Say since when what was not found is gone; of two scans at once the later start counts."""
    older = Q(scanned_at=None) | Q(scanned_at__lt=began)
    DiscoveryRange.system.filter(older, id=row.id).update(scanned_at=began)


def said(reply: Reply) -> dict[str, Any]:
    """What the machine told of itself, cut to what is kept."""
    told = reply.details
    names = ("model", "hostname", "platform", "uid", "psu_serial", "firmware", "serial", "mac")
    if told is None:
        return dict.fromkeys(names, "")
    return {
        "model": told.model[:100],
        "hostname": told.hostname[:100],
        "platform": told.platform[:40],
        "uid": told.uid[:40],
        "psu_serial": told.psu_serial[:100],
        "firmware": told.version[:100],
        "serial": (told.serial or told.uid)[:100],
        "mac": told.mac.lower()[:17],
    }


def summed(actor: Actor, row: DiscoveryRange, asked: int, size: int) -> MinersDiscoveryScanOut:
    """What the whole scan found, with a verdict for each."""
    row.refresh_from_db(fields=["scanned_at"])
    seen = Find.system.filter(range_id=row.id, seen_at__gte=row.scanned_at)
    placed = seen.select_related("range").order_by(Cast("address", GenericIPAddressField()))
    found = judging.judged(actor, list(placed))
    verdicts: dict[str, int] = {}
    for one in found:
        verdicts[one.verdict] = verdicts.get(one.verdict, 0) + 1
    there = {one.find.address for one in found}
    devices = Device.objects.for_actor(actor, "fleet.view").filter(
        status=DeviceStatus.ACTIVE, driver=NAME
    )
    network = network_of(row.network)
    silent = [
        name
        for name, address in devices.values_list("name", "address")
        if address not in there and judging.literal(address) in network
    ]
    return MinersDiscoveryScanOut(
        range=row.id,
        network=row.network,
        asked=asked,
        outside=size - asked,
        verdicts=verdicts,
        finds=[judging.shown(one) for one in found[:MOST_LISTED]],
        silent=sorted(silent)[:MOST_LISTED],
    )

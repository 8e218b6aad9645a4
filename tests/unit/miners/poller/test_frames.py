"""What open pages are told of a miner, and by whom it may be seen."""

from datetime import UTC, datetime
from uuid import uuid4

from apps.events.frames import decode, encode
from apps.fleet.models import Device
from apps.fleet.services import Reading
from apps.miners.poller.harvest import Harvest
from apps.miners.poller.poller import _mark
from apps.miners.poller.visit import frame

SEEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def miner(site_path: str = "/mine/hall-1/r1/") -> Device:
    return Device(id=uuid4(), tenant_id=uuid4(), site_path=site_path, address="127.9.1.1")


def reading(device: Device, terahash: float) -> Reading:
    return Reading(device_id=device.id, seen_at=SEEN, summary={"terahash": terahash, "watts": 3068})


def test_a_frame_carries_the_summary_under_its_own_names() -> None:
    device = miner()
    made = decode(encode(frame(device, reading(device, 101.5))))
    assert made.values == {"at": SEEN.isoformat(), "terahash": 101.5, "watts": 3068}
    assert (made.device_id, made.tenant_id) == (device.id, device.tenant_id)
    assert (made.site_path, made.permission) == ("/mine/hall-1/r1/", "miners.view")


def test_only_the_newest_frame_of_a_device_goes_out() -> None:
    device, other, harvest = miner(), miner(), Harvest()
    for one, terahash in ((device, 1.0), (other, 2.0), (device, 3.0)):
        harvest.add_frame(frame(one, reading(one, terahash)))
    sent = harvest.take().frames
    assert {id: one.values["terahash"] for id, one in sent.items()} == {device.id: 3.0, other.id: 2}
    assert not harvest.take().frames


def test_a_miner_that_moves_is_visited_anew_so_that_its_frames_follow_its_place() -> None:
    device = miner()
    before = _mark(device)
    device.site_path = "/mine/hall-2/r9/"
    assert _mark(device) != before

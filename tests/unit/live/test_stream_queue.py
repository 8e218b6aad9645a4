"""The queue of one reader: bounded, ordered, and honest about what it dropped."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.events.envelope import Position
from apps.events.frames import FRAME_TYPE, Frame, decode, encode
from apps.events.items import Item, frame_item
from apps.kernel.actor import Actor, ActorKind, Right, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.live import wanted
from apps.live.stream import Stream

TENANT = UUID(int=7)


def event(number: int) -> Item:
    return Item("fleet.device.found", str(number), b"", Position(1, number))


def reader(length: int = 3) -> Stream:
    return Stream(anonymous_actor(), wanted.Wanted(), length=length)


async def drained(stream: Stream) -> list[Item]:
    found: list[Item] = []
    while batch := await stream.take(0):
        found += batch
    return found


async def test_a_full_queue_drops_its_oldest_and_says_so_first() -> None:
    stream = reader()
    for number in range(1, 6):
        stream.offer(event(number))
    gap, *rest = await drained(stream)
    assert (gap.type, [item.text for item in rest]) == ("gap", ["3", "4", "5"])
    assert '"missed":2' in gap.text


async def test_a_gap_names_the_last_position_that_was_delivered() -> None:
    stream = reader(1)
    stream.offer(event(1))
    await drained(stream)
    stream.offer(event(2))
    stream.offer(event(3))
    gap, last = await drained(stream)
    assert '"after":"1-1"' in gap.text
    assert last.text == "3"


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(1, 5))
async def test_what_is_delivered_and_what_is_missed_make_up_what_was_offered(
    takes: list[int], length: int
) -> None:
    stream, delivered, missed, number = reader(length), [], 0, 0
    for burst in takes:
        for _ in range(burst):
            number += 1
            stream.offer(event(number))
        for item in await drained(stream):
            if item.type == "gap":
                missed += int(item.text.split('"missed":')[1].split(",")[0])
            else:
                delivered.append(int(item.text))
    assert delivered == sorted(set(delivered))
    assert len(delivered) + missed == number


async def test_nothing_up_to_the_beginning_is_delivered() -> None:
    stream = reader()
    stream.offer(event(1))
    stream.offer(event(2))
    stream.begin(Position(1, 1))
    stream.offer(event(1))
    assert [item.text for item in await drained(stream)] == ["2"]


def frame(device: UUID, tenant: UUID = TENANT) -> Frame:
    return Frame(tenant, device, "/plant/", "qsys.view", {"gain": -3.5})


def test_a_frame_survives_its_way_through_valkey() -> None:
    sent = frame(new_id())
    assert decode(encode(sent)) == sent


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"1", b'{"tenant": 1}', b"\xff"])
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(raw)


@pytest.mark.parametrize(
    ("permission", "tenant", "seen"),
    [("qsys.view", TENANT, True), ("miners.view", TENANT, False), ("*.view", UUID(int=8), False)],
)
def test_a_frame_is_seen_by_who_may(permission: str, tenant: UUID, seen: bool) -> None:
    right = Right(frozenset({permission}), "/plant/")
    actor = Actor(ActorKind.USER, new_id(), tenant, "somebody", ((right,),))
    assert frame(new_id()).visible_to(actor) is seen


def test_frames_come_only_when_they_are_asked_for() -> None:
    device = new_id()
    item = frame_item(frame(device))
    asked = [
        {"frames": str(device)},
        {"device": str(device)},
        {"types": FRAME_TYPE},
        {"types": "telemetry.*", "device": [str(device)]},
    ]
    not_asked = [
        {},
        {"types": "fleet.*"},
        {"device": str(new_id())},
        {"types": "fleet.*", "device": str(device)},
    ]
    assert [item in wanted.read(raw) for raw in asked] == [True] * 4
    assert [item in wanted.read(raw) for raw in not_asked] == [False] * 4


@pytest.mark.parametrize("raw", [{"job": "x"}, {"types": {"a": 1}}, {"types": ["a"] * 101}])
def test_wrong_filters_are_refused(raw: dict) -> None:
    with pytest.raises(Failure) as caught:
        wanted.read(raw)
    assert caught.value.code is Code.INVALID

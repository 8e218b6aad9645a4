"""A stream carries what its reader may see and asked for, and nothing else."""

from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from apps.accounts.models import Grant, User
from apps.events.closing import close_streams
from apps.events.frames import Frame, publish_frame
from apps.kernel.ids import new_id
from tests.support import factories
from tests.unit.live.serving import Reader, SocketReader, SseReader, until

BOTH = pytest.mark.parametrize("reader", [SseReader, SocketReader])


@BOTH
def test_another_tenant_sees_nothing(
    uvicorn: str, key_of: Callable, tell: Callable, reader: type[Reader]
) -> None:
    other = factories.tenant()
    with reader(uvicorn, headers=key_of("admin", other)) as found:
        tell("theirs")
        tell("ours", of=other)
        until(lambda: found.events)
    assert found.names() == ["ours"]


@BOTH
def test_a_grant_on_a_rack_shows_that_rack(
    uvicorn: str, key_of: Callable, tell: Callable, reader: type[Reader]
) -> None:
    key = key_of("viewer", site_path="/plant/hall-a/rack-1/")
    with reader(uvicorn, headers=key) as found:
        tell("tenant", path="/")
        tell("hall", path="/plant/hall-a/")
        tell("rack ten", path="/plant/hall-a/rack-10/")
        tell("rack", path="/plant/hall-a/rack-1/")
        until(lambda: found.events)
    assert found.names() == ["rack"]


def test_filters_hold_together(uvicorn: str, key_of: Callable, tell: Callable) -> None:
    mine = new_id()
    query = f"?types=jobs.*,fleet.device.found&device={mine}"
    with SseReader(uvicorn, headers=key_of(), query=query) as found:
        tell("other")
        tell("mine", device=mine)
        until(lambda: found.events)
    assert found.names() == ["mine"]


def test_a_socket_changes_its_filters(uvicorn: str, key_of: Callable, tell: Callable) -> None:
    key = key_of()
    with (
        SocketReader(uvicorn, headers=key, query="?types=jobs.*") as found,
        SocketReader(uvicorn, headers=key) as witness,
    ):
        tell("unheard")
        until(lambda: witness.events)
        found.send(type="subscribe", types=["fleet.*"])
        until(lambda: found.word("subscribed"))
        tell("heard")
        until(lambda: found.events)
    assert found.names() == ["heard"]


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ("no json", "not JSON"),
        ("[1]", "a JSON object"),
        ('{"type": "shout"}', "is not known here"),
        ('{"type": "subscribe", "device": "x"}', "is not an id"),
        ('{"type": "subscribe", "types": 3}', "is a list"),
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_stays(
    uvicorn: str, key_of: Callable, message: str, detail: str
) -> None:
    with SocketReader(uvicorn, headers=key_of()) as found:
        found.socket.send(message)
        until(lambda: found.word("error"))
        found.send(type="ping")
        until(lambda: found.word("pong"))
    assert detail in found.word("error")["detail"]


def frame(tenant, device, **values: object) -> Frame:
    return Frame(tenant.id, device, "/plant/", "fleet.view", values)


def test_frames_come_for_the_devices_asked_for(uvicorn: str, plant, key_of: Callable) -> None:
    mine, other = new_id(), new_id()
    with (
        SseReader(uvicorn, headers=key_of(), query=f"?frames={mine}") as found,
        SseReader(uvicorn, headers=key_of()) as plain,
        SseReader(
            uvicorn, headers=key_of(of=factories.tenant()), query=f"?frames={mine}"
        ) as foreign,
    ):
        publish_frame(frame(plant, other, gain=1))
        publish_frame(frame(plant, mine, gain=2))
        until(lambda: found.events)
    assert [one["data"] for one in found.events] == [{"gain": 2}]
    assert found.events[0] == {
        "type": "telemetry.frame",
        "device_id": str(mine),
        "data": {"gain": 2},
    }
    assert plain.events == foreign.events == []


def test_a_grant_taken_away_silences_the_stream(uvicorn: str, plant, tell: Callable) -> None:
    user = factories.user(plant, "viewer")
    key = {"X-API-Key": factories.api_key(user)}
    with SocketReader(uvicorn, headers=key) as found:
        tell("before")
        until(lambda: found.names() == ["before"])
        Grant.system.filter(user=user).delete()
        # One more reader with rights says when the event has passed.
        with SocketReader(
            uvicorn, headers={"X-API-Key": factories.api_key(factories.user(plant))}
        ) as witness:
            until(lambda: silenced(found, witness, tell), 6)


def silenced(found: Reader, witness: Reader, tell: Callable) -> bool:
    """Whether an event that the witness heard did not reach the other."""
    mine, theirs = len(found.events), len(witness.events)
    tell("secret")
    until(lambda: len(witness.events) > theirs)
    return len(found.events) == mine


def test_a_suspended_account_is_closed_at_once_through_the_channel_layer(
    uvicorn: str, plant
) -> None:
    user = factories.user(plant, "viewer")
    key = {"X-API-Key": factories.api_key(user)}
    with SocketReader(uvicorn, headers=key) as found:
        User.objects.filter(id=user.id).update(is_active=False)
        assert close_streams(user.id, "suspended")
        assert found.ended.wait(5)
    assert found.socket.close_code == 4401


def test_a_heartbeat_comes_while_nothing_happens(uvicorn: str, key_of: Callable) -> None:
    with SseReader(uvicorn, headers=key_of()) as sse, SocketReader(uvicorn, headers=key_of()) as ws:
        until(lambda: sse.comments and ws.word("heartbeat"))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_foreign_pages_and_hosts_are_refused(
    uvicorn: str, key_of: Callable, headers: dict[str, str], status: int
) -> None:
    answer = httpx.get(f"{uvicorn}/events", headers={**key_of(), **headers})
    assert answer.status_code == status
    if "Host" not in headers:
        with pytest.raises(InvalidStatus):
            SocketReader(uvicorn, headers={**key_of(), **headers})


def test_only_get_is_answered(uvicorn: str, key_of: Callable) -> None:
    assert httpx.post(f"{uvicorn}/events", headers=key_of()).status_code == 405

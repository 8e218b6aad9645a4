"""Telling by webhook: what a receiver gets, and what becomes of one that does not take it."""

import hashlib
import hmac
import json
import time as real
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from apps.events.models import Outbox
from apps.fleet.alerts import egress, sending, webhook
from apps.fleet.models import Delivery, Route
from apps.kernel.errors import Code, Failure
from tests.support import factories
from tests.unit.fleet.alerts.conftest import HOT, SECRET, Heard, Receiver, Yard


def routed(yard: Yard, receiver: Receiver, **fields: Any) -> str:
    fields = {"name": "Desk", "url": receiver.url, "secret": SECRET, "group_seconds": 30, **fields}
    return str(yard.call("route.create", channel="webhook", **fields)["route"])


def is_genuine(heard: Heard) -> bool:
    """As somebody who receives it would write it, from the how-to alone."""
    signed = heard.headers["X-Alert-Timestamp"].encode() + b"." + heard.body
    made = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest("v1=" + made, heard.headers["X-Alert-Signature"])


def test_a_group_arrives_signed_as_one_message(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver)
    yard.hot(*(f"unit-{n:02}" for n in range(12)))
    assert yard.deliver() == []
    yard.time.advance(30)
    assert yard.deliver() == [True]
    (heard,) = receiver.heard
    assert heard.path == "/hook?token=t0"
    assert heard.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert is_genuine(heard)
    said = json.loads(heard.body)
    assert said["summary"] == "Rack-7: 12 devices too hot"
    assert (said["status"], said["count"], said["rule"]) == ("firing", 12, HOT.name)
    assert [one["label"] for one in said["alerts"]][:2] == ["unit-00", "unit-01"]
    assert said["alerts"][0]["value"] == 90
    (row,) = yard.deliveries()
    assert (row.state, row.tries, str(row.id)) == ("sent", 1, heard.headers["X-Alert-Delivery"])
    assert not is_genuine(Heard(heard.path, heard.headers, heard.body + b" "))


def test_its_end_is_told_and_a_muted_one_is_not(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver, group_seconds=0)
    (unit,) = yard.hot("unit")
    yard.call("silence.create", rule=HOT.name, minutes=60, because="We know.")
    quiet = yard.hot("quiet")[0]
    for one in (unit, quiet):
        yard.state(one, celsius=20)
    yard.tick()
    yard.tick(120)
    assert yard.deliver() == [True, True]
    told = [json.loads(one.body) for one in receiver.heard]
    assert {(one["summary"], one["status"]) for one in told} == {
        ("Resolved: Rack-7: unit too hot", "resolved")
    }
    assert {alert["label"] for one in told for alert in one["alerts"]} == {"unit"}


def test_what_a_silence_held_back_is_told_when_it_ends(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver, group_seconds=0)
    made = yard.call("silence.create", minutes=60, because="We know.")
    yard.hot("unit")
    assert yard.deliveries() == []
    (alert,) = yard.alerts()
    assert alert.muted.startswith(f"Silenced by {yard.engineer.label} until 2026-05-01 13:00 UTC")
    yard.call("silence.end", silence=made["silence"])
    yard.tick(1)
    assert yard.deliver() == [True]
    assert json.loads(receiver.heard[0].body)["status"] == "firing"


@pytest.mark.parametrize(
    "narrow",
    [{"least": "critical"}, {"site": "/plant/rack-9/"}, {"rules": ["fleet.device.offline"]}],
)
def test_a_route_tells_only_what_it_wants(
    yard: Yard, receiver: Receiver, narrow: dict[str, Any]
) -> None:
    factories.site(yard.tenant, "/plant/rack-9/")
    routed(yard, receiver, **narrow)
    yard.hot("unit")
    assert yard.deliveries() == []


def test_slack_gets_its_text_with_nothing_to_escape_left(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver, template="slack", group_seconds=0)
    yard.hot("<!channel> & co")
    yard.deliver()
    said = json.loads(receiver.heard[0].body)
    assert said == {
        "text": "*[WARNING] Rack-7: &lt;!channel&gt; &amp; co too hot*\n"
        "• &lt;!channel&gt; &amp; co: 90 °C (firing)",
        "mrkdwn": True,
    }


def test_pagerduty_opens_one_incident_and_closes_it(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver, template="pagerduty", group_seconds=0)
    unit, other = yard.hot("unit", "unit-2")
    yard.deliver()
    for one in (unit, other):
        yard.state(one, celsius=20)
    yard.tick()
    yard.tick(120)
    yard.deliver()
    events = [json.loads(one.body) for one in receiver.heard]
    assert [one["event_action"] for one in events] == ["trigger", "resolve"]
    assert len({one["dedup_key"] for one in events}) == 1
    assert {one["routing_key"] for one in events} == {SECRET}
    assert events[0]["payload"]["severity"] == "warning"
    assert events[0]["payload"]["source"] == "/plant/rack-7/"
    assert not Delivery.system.filter(body__contains=SECRET).exists()


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no single read takes long."""
    try:
        while True:
            handler.wfile.write(b"H")
            handler.wfile.flush()
            real.sleep(0.05)
    except OSError:
        pass


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (500, "answered 500"),
        (302, "answered 302"),
        (trickle, "did not answer within 0.4 s"),
        (hang_up, "127.0.0.1"),
    ],
)
def test_a_bad_receiver_is_tried_again_with_the_same_words(
    yard: Yard, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer: Any, words: str
) -> None:
    monkeypatch.setattr(sending, "WITHIN_SECONDS", 0.4)
    routed(yard, receiver, group_seconds=0)
    yard.hot("unit")
    receiver.answer = answer
    began = real.monotonic()
    assert yard.deliver() == [False]
    assert real.monotonic() - began < 8
    (row,) = yard.deliveries()
    assert (row.state, row.tries) == ("waiting", 1)
    assert words in row.error
    assert 7.5 <= (row.due_at - yard.time.now()).total_seconds() <= 15
    assert yard.deliver() == []
    receiver.answer = 204
    yard.time.advance(15)
    assert yard.deliver() == [True]
    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["X-Alert-Delivery"] == second.headers["X-Alert-Delivery"]
    assert is_genuine(second)


def test_a_receiver_that_hangs_is_cut_off(yard: Yard, receiver: Receiver) -> None:
    receiver.answer = lambda _: receiver.released.wait(20) and None
    with pytest.raises(Failure) as caught:
        webhook.post(receiver.url, b"{}", {}, within=0.3)
    assert caught.value.code is Code.TIMEOUT


def test_after_so_many_tries_it_is_given_up_and_sent_again_by_hand(
    yard: Yard, receiver: Receiver
) -> None:
    route = routed(yard, receiver, group_seconds=0)
    yard.hot("unit")
    receiver.answer = 500
    pauses = []
    for _ in range(sending.TRIES):
        (row,) = yard.deliveries()
        pauses.append((row.due_at - yard.time.now()).total_seconds())
        yard.time.advance(max(0.0, pauses[-1]))
        assert yard.deliver() == [False]
    assert sorted(pauses) == pauses
    (row,) = yard.deliveries()
    assert (row.state, row.tries) == ("dead", sending.TRIES)
    died = Outbox.objects.get(type="fleet.delivery.died")
    assert died.payload["route"] == "Desk"
    yard.time.advance(86_400)
    assert yard.deliver() == []
    (shown,) = yard.call("route.list")["routes"]
    assert (shown["route"], shown["dead"], "500" in shown["error"]) == (route, 1, True)
    receiver.answer = 204
    again = yard.call("delivery.retry", delivery=str(row.id))
    assert (again["state"], again["tries"]) == ("waiting", 0)
    assert yard.refusal("delivery.retry", delivery=str(row.id)).code is Code.CONFLICT
    assert yard.deliver() == [True]
    assert len({one.body for one in receiver.heard}) == 1


def test_a_claim_that_lapsed_is_taken_by_another_and_its_end_counts(
    yard: Yard, receiver: Receiver
) -> None:
    routed(yard, receiver, group_seconds=0)
    yard.hot("unit")
    (one,) = sending.claim()
    assert sending.claim() == []
    yard.time.advance(sending.CLAIM_SECONDS + 1)
    slow = Delivery.system.select_related("route").get(id=one)
    assert sending.claim() == [one]
    sending.failed(slow, "too late to say so")
    assert sending.deliver(one)
    (row,) = yard.deliveries()
    assert (row.state, row.error) == ("sent", "")


def test_one_route_that_is_slow_leaves_room_for_others(yard: Yard, receiver: Receiver) -> None:
    routed(yard, receiver, group_seconds=0)
    routed(yard, receiver, group_seconds=0, name="Other", least="critical")
    for number in range(5):
        yard.call("route.test", route=str(Route.system.get(name="Desk").id))
        yard.time.advance(number)
    yard.call("route.test", route=str(Route.system.get(name="Other").id))
    taken = Delivery.system.filter(id__in=sending.claim()).values_list("route__name", flat=True)
    assert sorted(taken) == ["Desk", "Desk", "Other"]


def test_a_test_message_says_that_it_is_one(yard: Yard, receiver: Receiver) -> None:
    route = routed(yard, receiver)
    assert yard.call("route.test", route=route)["state"] == "waiting"
    assert yard.deliver() == [True]
    said = json.loads(receiver.heard[0].body)
    assert (said["status"], said["alerts"]) == ("test", [])
    assert yard.alerts() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "http://10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/",
        "https://10.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[::1]/",
        "https://0x7f.1/x",
        "https://2130706433/",
        "https://user:pw@hooks.example/x",
        "https://hooks.example/x#part",
        "https://hooks.example:99999/",
        "ftp://hooks.example/x",
        "file:///etc/passwd",
        "https:///x",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nX: y",
        "https://hööks.example/",
        "https://hooks.example/" + "x" * 500,
    ],
)
def test_a_url_that_leads_astray_is_refused_and_nothing_is_kept(yard: Yard, url: str) -> None:
    failure = yard.refusal("route.create", name="Desk", channel="webhook", url=url, secret=SECRET)
    assert failure.code is Code.INVALID
    assert failure.errors[0].path == "url"
    assert Route.system.count() == 0


def test_a_name_is_judged_by_the_address_it_leads_to() -> None:
    def leads_to(address: str) -> Any:
        return lambda *_, **__: [(0, 0, 0, "", (address, 0))]

    door = egress.door("https://hooks.example/x")
    found = egress.resolve(door, within=5, resolver=leads_to("93.184.215.14"))
    assert found == "93.184.215.14"
    for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "fd00::1"):
        with pytest.raises(Failure):
            egress.resolve(door, within=5, resolver=leads_to(address))


def test_production_never_talks_to_itself(receiver: Receiver, settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"environment": "production"})
    with pytest.raises(Failure, match="this machine itself"):
        webhook.post(receiver.url, b"{}", {}, within=1)
    assert receiver.heard == []

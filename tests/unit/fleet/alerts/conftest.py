"""What the tests of alerts share: a yard of devices whose state a test writes, and a receiver."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.alerts import engine, own, rules, sending
from apps.fleet.alerts.rules import Rule, Side, Thresholds, from_summary
from apps.fleet.models import Alert, Delivery, Device, DeviceState
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from tests.support import factories

HOT = Rule(
    name="test.unit.hot",
    kind="",
    title="too hot",
    summary="A unit is too hot.",
    unit="°C",
    side=Side.ABOVE,
    usual=Thresholds(80, 75, 60, 120, "warning"),
    read=from_summary("celsius", "{celsius} °C"),
    least=-40,
    most=200,
)
SECRET = "0123456789abcdef"


class Yard:
    """Devices of one tenant, what is known of them, and a person."""

    def __init__(self, tenant: Tenant, engineer: Actor, time: ManualClock) -> None:
        self.tenant, self.engineer, self.time = tenant, engineer, time

    def device(self, name: str, *, celsius: float | None = None, **fields: Any) -> Device:
        fields.setdefault("site_path", "/plant/rack-7/")
        made = factories.device(self.tenant, name=name, **fields)
        self.state(made, celsius=celsius)
        return made

    def state(
        self, device: Device, *, celsius: float | None = None, liveness: str = "ok", **more: Any
    ) -> None:
        """What a poller would have written just now."""
        summary = {} if celsius is None else {"celsius": celsius}
        DeviceState.objects.update_or_create(
            device=device,
            defaults={
                "liveness": liveness,
                "summary": {**summary, **more},
                "seen_at": clock.now(),
                "reason": "It does not answer." if liveness == "lost" else "",
            },
        )

    def tick(self, seconds: float = 0) -> None:
        self.time.advance(seconds)
        engine.tick()

    def alerts(self, **query: Any) -> list[Alert]:
        return list(Alert.system.filter(tenant_id=self.tenant.id, **query).order_by("label"))

    def hot(self, *names: str, **fields: Any) -> list[Device]:
        """Devices whose alerts fire."""
        made = [self.device(name, celsius=90, **fields) for name in names]
        self.tick()
        self.tick(60)
        return made

    def call(self, operation: str, actor: Actor | None = None, /, **data: Any) -> dict[str, Any]:
        extra = {name: data.pop(name) for name in ("reason",) if name in data}
        outcome = invoke(
            Call(
                operation=f"fleet.{operation}",
                input=data,
                actor=actor or self.engineer,
                face=Face.REST,
                key=str(new_id()),
                **extra,
            )
        )
        assert outcome.output is not None
        return dict(outcome.output)

    def refusal(self, operation: str, actor: Actor | None = None, /, **data: Any) -> Failure:
        with pytest.raises(Failure) as caught:
            self.call(operation, actor, **data)
        return caught.value

    def deliver(self) -> list[bool]:
        """What a tick hands out, tried as a worker would."""
        return [sending.deliver(one) for one in sending.claim()]

    def deliveries(self) -> list[Delivery]:
        return list(Delivery.system.filter(tenant_id=self.tenant.id).order_by("created_at", "id"))


@dataclass
class Heard:
    """One request as a receiver got it."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server on loopback. `answer` is what it says to each request."""

    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] | int = 204

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(Heard(self.path, dict(self.headers), body))
                if callable(receiver.answer):
                    receiver.answer(self)
                    return
                self.send_response(receiver.answer, "as told")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.released = threading.Event()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=t0"

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(autouse=True)
def rule_table() -> Iterator[None]:
    """Fleet's own rules, and one of the tests'."""
    before, mutes = rules.installed(), rules.mutes()
    rules.install((*own.ALERT_RULES, HOT), own.MUTED_BY)
    yield
    rules.install(before, mutes)


@pytest.fixture
def time() -> Iterator[ManualClock]:
    with clock.using(ManualClock(datetime(2026, 5, 1, 12, tzinfo=UTC))) as manual:
        yield manual


@pytest.fixture
def yard(tenant: Tenant, time: ManualClock, door: None) -> Yard:
    factories.site(tenant, "/plant/rack-7/")
    return Yard(tenant, factories.actor_of("engineer", tenant), time)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    found = Receiver()
    settings.CONFIG = factories.config(webhook_networks=(f"127.0.0.1:{found.port}",))
    yield found
    found.stop()

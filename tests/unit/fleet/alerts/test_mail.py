"""Telling by e-mail, to a real SMTP server that keeps what it gets."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from apps.fleet.models import Route
from apps.kernel.errors import Code
from tests.support import factories
from tests.unit.fleet.alerts.conftest import Yard


class Sink:
    """As much of RFC 5321 as it takes to receive mail. `refuse` answers every DATA with 451."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.refuse = False
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 sink")
                envelope: list[str] = []
                for raw in self.rfile:
                    word = raw.decode().strip()
                    verb = word[:4].upper()
                    if verb in ("MAIL", "RCPT"):
                        envelope.append(word)
                    if verb == "DATA" and not sink.refuse:
                        self.say("354 go on")
                        self.keep(envelope)
                    answers = {"QUIT": "221 bye"}
                    if sink.refuse:
                        answers["DATA"] = "451 not now"
                    self.say(answers.get(verb, "250 ok"))
                    if verb == "QUIT":
                        return

            def keep(self, envelope: list[str]) -> None:
                lines = iter(self.rfile.readline, b".\r\n")
                made = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(made, EmailMessage)
                sink.mails.append(made)
                sink.envelopes.append(envelope)

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    found = Sink()
    settings.CONFIG = factories.config(
        smtp_host="127.0.0.1",
        smtp_port=found.server.server_address[1],
        smtp_security="none",
        mail_from="plane@example.org",
    )
    yield found
    found.stop()


def test_a_mail_says_what_is_wrong_to_everybody(yard: Yard, sink: Sink) -> None:
    to = ["night@example.org", "desk@example.org"]
    yard.call("route.create", name="Mail", channel="email", recipients=to, group_seconds=0)
    yard.hot("unit", "unit-2")
    assert yard.deliver() == [True]
    (mail,) = sink.mails
    assert mail["Subject"] == "[WARNING] Rack-7: 2 devices too hot"
    assert (mail["From"], mail["To"]) == ("plane@example.org", ", ".join(to))
    text = mail.get_content()
    assert "- unit: 90 °C (firing)" in text
    assert [one.lower() for one in sink.envelopes[0][1:]] == [f"rcpt to:<{one}>" for one in to]
    assert mail["X-Alert-Delivery"] == str(yard.deliveries()[0].id)


def test_a_label_cannot_forge_a_header(yard: Yard, sink: Sink) -> None:
    yard.call(
        "route.create", name="Mail", channel="email", recipients=["a@example.org"], group_seconds=0
    )
    yard.hot("unit\r\nBcc: b@example.org")
    assert yard.deliver() == [True]
    assert sink.mails[0]["Bcc"] is None
    assert len(sink.envelopes[0]) == 2


def test_a_server_that_refuses_is_tried_again(yard: Yard, sink: Sink) -> None:
    yard.call(
        "route.create", name="Mail", channel="email", recipients=["a@example.org"], group_seconds=0
    )
    sink.refuse = True
    yard.hot("unit")
    assert yard.deliver() == [False]
    (row,) = yard.deliveries()
    assert "451" in row.error
    sink.refuse = False
    yard.time.advance(15)
    assert yard.deliver() == [True]
    assert len(sink.mails) == 1


def test_without_a_server_nobody_can_be_promised_mail(yard: Yard) -> None:
    failure = yard.refusal(
        "route.create", name="Mail", channel="email", recipients=["a@example.org"]
    )
    assert failure.code is Code.INVALID
    assert "SMTP_HOST" in failure.detail
    assert Route.system.count() == 0

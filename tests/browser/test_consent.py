"""A program's question in a real browser: read, answered, and carried back to where it listens."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Assistant, Tenant
from tests.support.oauth import CHALLENGE, program

pytestmark = pytest.mark.browser


class Callback(BaseHTTPRequestHandler):
    """Where a program on the person's computer hears the answer."""

    heard: list[str] = []

    def do_GET(self) -> None:
        if self.path.startswith("/callback"):
            self.heard.append(self.path)
        self.send_response(200)
        said = (
            b'<title>Back</title><link rel="icon" href="data:,"><h1>You may close this page.</h1>'
        )
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def listening() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Callback.heard = []
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()


def question(client_id: str, redirect: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": "fleet:read fleet:write fleet:dangerous",
        "state": "s",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(asked)}"


@pytest.mark.parametrize(("button", "word"), [("Allow", "code"), ("Refuse", "error")])
def test_the_answer_reaches_the_program(
    enter: Callable[..., Page],
    address: str,
    tenant: Tenant,
    listening: str,
    button: str,
    word: str,
) -> None:
    client = program(tenant, "Claude", "http://127.0.0.1/callback")
    page = enter("engineer")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + question(client.client_id, listening))
    expect(page.locator("h1")).to_have_text("Let Claude act for you?")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.locator('input[value="fleet:read"]').is_checked()
    assert not page.locator('input[value="fleet:dangerous"]').is_checked()
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{listening}?*")
    (heard,) = Callback.heard
    said = parse_qs(urlsplit(heard).query)
    assert word in said
    assert said["iss"] == [address]
    scopes = [row.scopes for row in Assistant.system.all()]
    assert scopes == ([["fleet:read", "fleet:write"]] if word == "code" else [])


def test_an_assistant_is_cut_off_by_a_click(
    enter: Callable[..., Page], address: str, tenant: Tenant, listening: str
) -> None:
    client = program(tenant, "Claude", "http://127.0.0.1/callback")
    page = enter("engineer")
    page.goto(address + question(client.client_id, listening))
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{listening}?*")
    page.goto(f"{address}/assistants/")
    expect(page.locator("main")).to_contain_text("look, change things")
    page.get_by_role("button", name="Cut off").click()
    expect(page.locator("main")).to_contain_text("No program acts for you")
    assert Assistant.system.get().revoked_at is not None

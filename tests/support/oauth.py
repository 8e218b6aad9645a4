"""An assistant's program for tests: asks a person, trades codes, refreshes; as the RFCs say."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from django.test import Client as Browser
from oauth2_provider.models import Application

from apps.accounts.assistants import client_register
from apps.accounts.models import User

HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"
RESOURCE = f"{ORIGIN}/mcp"
REDIRECT = "http://127.0.0.1:3333/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
EVERY_SCOPE = ("fleet:read", "fleet:write", "fleet:dangerous", "admin")


def program(tenant: Any, name: str = "Helper", redirect: str = REDIRECT) -> Application:
    """A client that an administrator of the tenant registered."""
    return client_register(tenant=tenant, name=name, redirect_uris=[redirect]).application


@dataclass
class Party:
    """A program and its person's browser, which is logged in."""

    person: User
    application: Application
    scope: str = "fleet:read"
    tokens: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = Browser(headers={"host": HOST})
        self.browser.force_login(self.person)
        self.program = Browser(headers={"host": HOST})

    def question(self, **changes: Any) -> str:
        """The address the program sends its person to; None leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": REDIRECT,
            "scope": self.scope,
            "state": "a state",
            "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
            "resource": RESOURCE,
            **changes,
        }
        kept = {name: value for name, value in asked.items() if value is not None}
        return f"/oauth/authorize?{urlencode(kept, doseq=True)}"

    def decide(self, decision: str = "allow", scopes: Any = EVERY_SCOPE, **changes: Any) -> Any:
        """The person's answer on the page."""
        form = {"decision": decision, "scope": list(scopes)}
        return self.browser.post(self.question(**changes), form)

    def code(self, **changes: Any) -> str:
        """A code the person agreed to."""
        return told(self.decide(**changes))["code"]

    def trade(self, code: str, **changes: Any) -> Any:
        """A code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": self.application.client_id,
            "code_verifier": VERIFIER,
            "resource": RESOURCE,
            **changes,
        }
        kept = {name: value for name, value in form.items() if value is not None}
        return self.program.post("/oauth/token", kept)

    def refresh(self, text: str, **changes: Any) -> Any:
        """A refresh token for the next pair."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": text,
            "client_id": self.application.client_id,
            **changes,
        }
        return self.program.post("/oauth/token", form)

    def connect(self, **changes: Any) -> "Party":
        """The whole way, to tokens."""
        resource = {"resource": changes["resource"]} if "resource" in changes else {}
        answer = self.trade(self.code(**changes), **resource)
        assert answer.status_code == 200, answer.content
        self.tokens = answer.json()
        return self

    @property
    def access(self) -> str:
        return str(self.tokens["access_token"])


def told(answer: Any) -> dict[str, str]:
    """What the browser carries back to the program."""
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def filled_in(browser: httpx.Client, page: str, fields: dict[str, Any]) -> httpx.Response:
    """A page's form sent to a real server, as a browser that holds the page would."""
    browser.get(page)
    token = browser.cookies.get("csrftoken", "")
    referer = {"Referer": str(browser.base_url)}
    return browser.post(page, data={**fields, "csrfmiddlewaretoken": token}, headers=referer)

"""Where answers may be sent, and where never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.redirects import in_words, is_acceptable, is_loopback, source_of
from apps.kernel.origin import belongs_to

MCP = "https://plane.example/mcp"


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "http://127.0.0.1:3333/callback",
        "http://[::1]:3333/callback",
        "http://localhost/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://vscode.github-authentication/did-authenticate",
    ],
)
def test_programs_that_listen_safely_are_answered(uri: str) -> None:
    assert is_acceptable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://claude.ai/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost.evil.example/",
        "http://10.0.0.1/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https:///callback",
        "https://user@claude.ai/callback",
        "https://claude.ai/callback#part",
        "https://claude.ai/a b",
        "https://claude.ai/;script-src *",
        "https://[::1/callback",
        "cursor:callback",
        "",
    ],
)
def test_others_are_not(uri: str) -> None:
    assert not is_acceptable(uri)


@given(st.text(max_size=80))
def test_what_is_acceptable_cannot_break_out_of_a_policy(tail: str) -> None:
    for start in ("https://", "http://127.0.0.1", "cursor://", ""):
        if is_acceptable(start + tail):
            assert not set(source_of(start + tail)) & set(" ;,'\"\\\n\t")


@given(st.ip_addresses())
def test_plain_http_is_for_this_machine_alone(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    assert is_acceptable(f"http://{host}/") == is_loopback(str(address))


def test_a_person_reads_who_gets_the_answer() -> None:
    assert in_words("https://Claude.ai/x") == "claude.ai"
    assert in_words("http://127.0.0.1:1/x") == "a program on this computer"
    assert "cursor:" in in_words("cursor://x/y")


@pytest.mark.parametrize("resource", [MCP, f"{MCP}/", f"{MCP}/qsys", "HTTPS://Plane.Example/mcp"])
def test_a_token_for_the_endpoint_opens_it(resource: str) -> None:
    assert belongs_to(resource, MCP)


@pytest.mark.parametrize(
    "resource",
    [
        "https://plane.example",
        "https://plane.example/",
        "https://plane.example/mcpx",
        "https://plane.example/MCP",
        "http://plane.example/mcp",
        "https://plane.example:8443/mcp",
        "https://plane.example@evil.example/mcp",
        "https://evil.example/mcp",
        "https://plane.example/mcp/../api",
        "https://plane.example/mcp#x",
        "https://plane.example/mcp?x",
        "",
    ],
)
def test_a_token_for_anything_else_does_not(resource: str) -> None:
    assert not belongs_to(resource, MCP)

"""A peer to be measured beside: the hub from npm, with an echo over stdio and with us behind it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.engines import until
from tests.support.mcp_load import Target
from tests.support.node import node, node_modules
from tests.support.plane import CHECKOUT, free_port, listens

PROGRAM = "mcp-hub/dist/cli.js"


@contextmanager
def hub(ours: Target, core: int) -> Iterator[tuple[Target, subprocess.Popen[bytes]]]:
    """The running hub, on one core with what it starts."""
    program, port = node_modules(CHECKOUT / "tests" / "parties") / PROGRAM, free_port()
    servers = {
        "echo": {"command": sys.executable, "args": ["-m", "tests.support.stdio_echo"]},
        "ours": {
            "url": f"http://127.0.0.1:{ours.port}/mcp",
            "headers": {"X-API-Key": ours.key},
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "servers.json"
        config.write_text(json.dumps({"mcpServers": servers}))
        process = subprocess.Popen(
            [str(node()), str(program), "--port", str(port), "--config", str(config)],
            cwd=CHECKOUT,
            env={**os.environ, "HOME": folder, "XDG_STATE_HOME": folder},
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        try:
            until(lambda: listens(port), 60, lambda: "the hub did not start")
            yield Target(port, ""), process
        finally:
            process.terminate()
            process.wait(20)


def asked(target: Target, server: str, tool: str) -> bytes:
    """A tool call through the hub, as it goes over the wire."""
    body = json.dumps({"server_name": server, "tool": tool, "arguments": {}}).encode()
    head = (
        f"POST /api/servers/tools HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body

"""`python -m apps.mcp.stdio URL`: relays MCP between stdio and a plane; loads no framework.

The API key comes from CONTROLPLANE_API_KEY, or from the file CONTROLPLANE_API_KEY_FILE names.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from apps.mcp.stdio.relay import Relay
from apps.mcp.stdio.wire import Plane

USAGE = "usage: python -m apps.mcp.stdio URL   (such as http://127.0.0.1:8000/mcp)"


def main(arguments: list[str]) -> int:
    """Relay until stdin ends; 2 for a wrong command line."""
    if len(arguments) != 1 or urlsplit(arguments[0]).scheme not in ("http", "https"):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    relay = Relay(Plane(arguments[0], api_key()), sys.stdout.buffer)
    for line in sys.stdin.buffer:
        if line.strip():
            relay.take(line)
    relay.close()
    return 0


def api_key() -> str:
    """The credential, from the environment; empty where none is given."""
    path = os.environ.get("CONTROLPLANE_API_KEY_FILE")
    return Path(path).read_text().strip() if path else os.environ.get("CONTROLPLANE_API_KEY", "")


if __name__ == "__main__":
    # Not sys.exit: threads that read an endless stream are not waited for.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)

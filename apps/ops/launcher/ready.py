"""Asks the web process whether the plane is ready, as a load balancer would.

`python -m apps.ops.launcher.ready http://127.0.0.1:8000 /health` is a container's health check.
"""

import http.client
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit


class Readiness:
    """Remembers the last answer, so that a failure can quote it."""

    def __init__(self, base_url: str, path: str = "/ready", timeout: float = 5.0) -> None:
        self._path = path
        self._address = urlsplit(base_url)
        self._timeout = timeout
        self.last = "no answer yet"

    def reached(self) -> bool:
        """Whether the path answers 200 now."""
        connection = http.client.HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=self._timeout
        )
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            body = answer.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self.last = str(error)
            return False
        finally:
            connection.close()
        self.last = f"HTTP {answer.status} {body}"
        return answer.status == 200


def main(arguments: Sequence[str]) -> int:
    base_url, path = arguments
    return 0 if Readiness(base_url, path, timeout=2.5).reached() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

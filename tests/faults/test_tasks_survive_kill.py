"""kill -9 of everything in the middle of a task: its id stays good, and it ends once."""

import json
import signal
import subprocess
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.accounts.authenticate import forget_all
from apps.audit.models import AuditLog
from apps.jobs.models import Job
from tests.parties.mcp_serving import serving, working
from tests.support import factories
from tests.support.engines import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

MOUNT = "tests.parties.conformance_mount:application"
#: Looking often is no fault here.
UNLIMITED = {"API_RATE_LIMIT_RPM": "10000000", "API_RATE_LIMIT_BURST": "1000000"}
META = "io.modelcontextprotocol/"
VERSION = "2026-07-28"


class Client:
    """A client that knows tasks, and remembers nothing but their ids."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)

    def ask(self, method: str, named: str, **params: Any) -> dict[str, Any]:
        """The result of one request."""
        meta = {
            f"{META}protocolVersion": VERSION,
            f"{META}clientCapabilities": {"extensions": {f"{META}tasks": {}}},
        }
        said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": method,
            "Mcp-Name": named,
        }
        connection = HTTPConnection(self._address.netloc, timeout=20)
        connection.request("POST", self._address.path, json.dumps(said), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        assert "result" in answer, answer
        return dict(answer["result"])

    def begin(self, name: str, **arguments: Any) -> str:
        """The id of a new task."""
        return str(self.ask("tools/call", name, name=name, arguments=arguments)["taskId"])

    def get(self, task: str) -> dict[str, Any]:
        """How a task stands."""
        return self.ask("tasks/get", task, taskId=task)

    def text_of(self, task: str) -> str:
        """What came of a task, once it is over."""
        until(lambda: self.get(task)["status"] == "completed", 60, lambda: str(self.get(task)))
        return str(self.get(task)["result"]["structuredContent"]["output"]["text"])


def state_of(job: str) -> str:
    return str(Job.system.get(id=job).state)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def test_a_task_outlives_every_process() -> None:
    forget_all()
    key = factories.api_key(factories.user(factories.tenant(), "operator"))
    environ = {"CONFORMANCE_KEY": key, **UNLIMITED}
    with serving("uvicorn", MOUNT, **environ) as web, working() as worker:
        client = Client(web.url)
        computed = client.begin("slow_compute", seconds=8, label="through it all")
        asked = client.begin("confirm_delete", filename="old.txt")
        begun = client.begin("slow_compute", seconds=0, label="right away")
        kill(web.process)
        until(lambda: state_of(asked) == "waiting", 20, lambda: state_of(asked))
        kill(worker)
    assert {str(one) for one in Job.system.values_list("id", flat=True)} == {computed, asked, begun}

    with serving("uvicorn", MOUNT, **environ) as web:
        client = Client(web.url)
        assert client.get(asked)["status"] == "input_required"
        assert client.get(computed)["status"] == "working"
        yes = {"sure": {"action": "accept", "content": {"confirm": True}}}
        client.ask("tasks/update", asked, taskId=asked, inputResponses=yes)
        kill(web.process)

    with serving("uvicorn", MOUNT, **environ) as web, working():
        client = Client(web.url)
        texts = {}
        for task in (computed, asked, begun):
            texts[task] = client.text_of(task)
    assert texts == {
        computed: "computed through it all",
        asked: "old.txt deleted",
        begun: "computed right away",
    }
    ended = AuditLog.system.filter(operation__startswith="fixture.", entry="outcome")
    assert sorted(str(row.job_id) for row in ended) == sorted(texts)

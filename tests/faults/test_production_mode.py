"""In production the launcher's secrets suffice, and this machine itself is no device."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from apps.ops.launcher.state import CHECKOUT
from tests.support.plane import Plane

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]

PRODUCTION = {"ENVIRONMENT": "production", "DEVICE_NETWORKS": "127.0.0.1/32:1710,10.0.0.0/8"}
#: What an operator of the platform types once, here in one go.
FIRST_KEY = """
from tests.support import factories
tenant = factories.tenant()
factories.site(tenant, "/plant/")
user = factories.user(tenant, role="admin")
print("KEY", factories.api_key(user))
"""


@pytest.fixture(scope="module")
def production() -> Iterator[Plane]:
    with Plane(simulate=False, environ=PRODUCTION, cold=True) as running:
        yield running


def manage(plane: Plane, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=plane.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_deployment_check_has_nothing_to_say(production: Plane) -> None:
    said = manage(production, "check", "--deploy", "--fail-level", "WARNING")
    assert said.returncode == 0, said.stderr
    assert "security.W" not in said.stderr


def test_devices_on_this_machine_are_refused_even_where_they_are_listed(production: Plane) -> None:
    shell = manage(production, "shell", "-v", "0", "-c", FIRST_KEY)
    assert shell.returncode == 0, shell.stderr
    key = shell.stdout.split("KEY ")[1].strip()

    def register(address: str) -> httpx.Response:
        wanted = {"name": address, "driver": "qsys", "site": "/plant/", "address": address}
        return httpx.post(
            f"{production.url}/api/v1/operations/fleet.device.register",
            json={"input": wanted},
            headers={"X-API-Key": key},
            timeout=30,
        )

    refused, taken = register("127.0.0.1"), register("10.1.2.3")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert "production refuses it" in refused.json()["detail"]
    assert taken.status_code == 200, taken.text


def test_browsers_behind_tls_may_send_forms(production: Plane) -> None:
    """TLS ends in front: the browser says https, and the cookie must not need it here."""
    page = httpx.get(f"{production.url}/login/", timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    cookie = re.search(r"csrftoken=([^;]+)", page.headers["set-cookie"])
    assert token
    assert cookie
    assert "Secure" in page.headers["set-cookie"]

    def log_in(origin: str) -> int:
        return httpx.post(
            f"{production.url}/login/",
            data={"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token[1]},
            headers={"Cookie": f"csrftoken={cookie[1]}", "Origin": origin, "Host": "localhost"},
            timeout=30,
        ).status_code

    assert log_in("https://localhost") == 401
    assert log_in("https://evil.example") == 403


def test_unknown_host_is_not_answered(production: Plane) -> None:
    answer = httpx.get(f"{production.url}/login/", headers={"Host": "evil.example"}, timeout=30)
    assert answer.status_code == 400


def test_simulated_site_is_refused_with_a_sentence() -> None:
    plane = Plane(environ={"ENVIRONMENT": "production"})
    try:
        with pytest.raises(RuntimeError, match="--no-sim"):
            plane.start()
    finally:
        plane.end()

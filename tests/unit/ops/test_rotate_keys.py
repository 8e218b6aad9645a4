"""Keys are rotated while the plane works: everything sealed opens with the new key alone."""

import threading
from io import StringIO
from typing import Any

import orjson
import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pydantic import SecretStr

from apps.audit.models import AuditLog
from apps.fleet import services
from apps.fleet.models import Credential
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.miners.models import PoolTemplate
from apps.operations.models import IdempotencyKey
from tests.support import factories

SECRET = "hunter2"


def key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


@pytest.fixture
def use(settings: Any) -> Any:
    """Sets CREDENTIAL_KEYS, the newest first."""

    def configure(*keys: SecretStr) -> None:
        settings.CONFIG = settings.CONFIG.model_copy(update={"credential_keys": keys})

    return configure


def claim(**fields: Any) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        actor_id=new_id(),
        operation="qsys.control.set",
        key=str(new_id()),
        body="b",
        call_id=new_id(),
        deadline=clock.now(),
        sealed_input=keyring().seal(b"{}"),
        **fields,
    )


def rotate() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_all_that_is_sealed_opens_with_the_new_key_alone(use: Any) -> None:
    old, new = key(), key()
    use(old)
    device = factories.device()
    services.credential_set(device, {"pin": SECRET})
    job = factories.job()
    Job.system.filter(id=job.id).update(sealed_input=keyring().seal(b'{"text": "go"}'))
    waiting = claim()
    use(new, old)
    template = PoolTemplate.system.create(
        tenant_id=new_id(), name="acme", sealed=keyring().seal(b"[]")
    )
    assert rotate() == (
        "Sealed under the newest key: 1 credentials, 1 jobs, 0 rollouts, 0 alert routes, "
        "1 miner settings, 1 calls.\n"
    )
    use(new)
    row = Credential.objects.get(device=device)
    assert orjson.loads(keyring().unseal(bytes(row.sealed))) == {"pin": SECRET}
    assert row.version == 1, "a session opened before is not given up"
    stored = Job.system.get(id=job.id).sealed_input
    assert keyring().unseal(bytes(stored)) == b'{"text": "go"}'
    template.refresh_from_db()
    assert keyring().unseal(bytes(template.sealed)) == b"[]"
    waiting.refresh_from_db()
    assert keyring().unseal(bytes(waiting.sealed_input or b"")) == b"{}"


@pytest.mark.django_db
def test_it_is_written_down_without_a_secret(use: Any) -> None:
    use(key())
    services.credential_set(factories.device(), {"pin": SECRET})
    assert SECRET not in rotate()
    row = AuditLog.system.get(operation="system.keys.rotate")
    assert (row.actor_label, row.verdict) == ("system:rotate_keys", "ok")
    assert row.after == {
        "credentials": 1,
        "jobs": 0,
        "rollouts": 0,
        "alert routes": 0,
        "miner settings": 0,
        "calls": 0,
    }


@pytest.mark.django_db
def test_a_key_that_is_missing_is_said_and_nothing_changes(use: Any) -> None:
    use(key())
    services.credential_set(factories.device(), {"pin": SECRET})
    before = bytes(Credential.objects.get().sealed)
    use(key())
    with pytest.raises(CommandError, match="CREDENTIAL_KEYS"):
        rotate()
    assert bytes(Credential.objects.get().sealed) == before
    assert not AuditLog.system.filter(operation="system.keys.rotate").exists()


@pytest.mark.django_db(transaction=True)
def test_under_traffic_the_newest_secret_wins(use: Any) -> None:
    old, new = key(), key()
    use(old)
    devices = [factories.device() for _ in range(8)]
    for device in devices:
        services.credential_set(device, {"pin": "0"})
    use(new, old)
    over = threading.Event()
    last: dict[Any, str] = {}

    def traffic() -> None:
        number = 0
        try:
            while not over.is_set():
                number += 1
                for device in devices:
                    services.credential_set(device, {"pin": str(number)})
                    last[device.id] = str(number)
        finally:
            connection.close()

    thread = threading.Thread(target=traffic)
    thread.start()
    try:
        for _ in range(10):
            rotate()
    finally:
        over.set()
        thread.join()
    use(new)
    for row in Credential.objects.all():
        pin = orjson.loads(keyring().unseal(bytes(row.sealed)))["pin"]
        assert pin == last.get(row.device_id, "0")

"""Every committed row is sealed, once, in an order that no late commit can slip behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connection, transaction
from pydantic import SecretStr
from pytest_django import Settings

from apps.audit import keys, sealer, services, tasks, trail
from apps.audit.leaves import START, unsealed
from apps.audit.models import AuditLog, Seal
from apps.audit.services import Act
from apps.kernel.actor import system_actor
from apps.kernel.advisory import alone
from tests.support import factories
from tests.support.verbs import World

pytestmark = pytest.mark.django_db(transaction=True)
ACT = Act("test.note.write", "rest", system_actor("test"))


def write(count: int = 1) -> None:
    for _ in range(count):
        services.intent(ACT)


def test_nothing_to_seal_makes_no_seal() -> None:
    assert sealer.seal_once() is None
    assert sealer.lag() == 0.0
    assert trail.check().problems == []


def test_seals_follow_one_another() -> None:
    for count in (3, 1, 2):
        write(count)
        assert sealer.seal_all() == count
    assert list(Seal.objects.values_list("number", "count")) == [(1, 3), (2, 1), (3, 2)]
    report = trail.check()
    assert (report.problems, report.entries, report.seals) == ([], 6, 3)
    assert str(Seal.objects.get(number=1)) == "seal 1 over 3"


def test_backlog_is_sealed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH", 2)
    write(5)
    assert sealer.seal_all() == 5
    assert list(Seal.objects.values_list("count", flat=True)) == [2, 2, 1]
    monkeypatch.setattr(sealer, "MOST_SEALS", 1)
    write(5)
    assert sealer.seal_all() == 2, "the rest waits for the next tick"
    assert trail.check().problems == []


def test_row_of_a_running_transaction_holds_later_ones_back() -> None:
    opened, commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                write()
                opened.set()
                assert commit.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert opened.wait(10)
    write()
    assert sealer.seal_all() == 0, "a row that commits later sorts before it"
    assert sealer.lag() >= 0
    commit.set()
    writer.join()
    assert sealer.seal_all() == 2
    assert trail.check().problems == []


def test_many_writers_and_sealers_lose_and_double_nothing() -> None:
    over = threading.Event()

    def writer(_: int) -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    write(2)
        finally:
            connection.close()

    def seals(_: int) -> None:
        try:
            while not over.is_set():
                sealer.seal_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        sealing = [pool.submit(seals, number) for number in range(2)]
        list(pool.map(writer, range(8)))
        over.set()
        for future in sealing:
            future.result()
    sealer.seal_all()
    report = trail.check()
    assert report.problems == []
    assert report.entries == AuditLog.system.count() == 160


def test_second_sealer_steps_aside() -> None:
    write()
    results: list[object] = []

    def other() -> None:
        try:
            results.append(sealer.seal_once())
        finally:
            connection.close()

    with transaction.atomic():
        assert alone(sealer.LOCK)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
    assert results == [None]
    assert sealer.seal_once() is not None


def test_tasks_seal_and_check(world: World) -> None:
    world.call("test.note.write", {"text": "ü"}, factories.actor_of("operator"))
    assert sealer.oldest_unsealed() is not None
    tasks.seal()
    assert Seal.objects.get().count == 2
    assert sealer.oldest_unsealed() is None
    assert tasks.LAG._value.get() == 0.0
    tasks.verify()
    assert tasks.PROBLEMS._value.get() == 0


def test_configured_key_signs(settings: Settings) -> None:
    key = Ed25519PrivateKey.generate()
    settings.CONFIG = factories.config(audit_seal_key=SecretStr(pem(key)))
    write()
    seal = sealer.seal_once()
    assert seal is not None
    assert seal.key_id == keys.seal_key().name
    assert keys.seal_key().public == key.public_key().public_bytes_raw()
    assert trail.check().problems == []
    settings.CONFIG = factories.config(audit_seal_key=None)
    assert trail.check().problems == ["seal 1 is not signed by this key"]


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.mark.parametrize(
    "text", ["nonsense", pem(X25519PrivateKey.generate())], ids=["nonsense", "x25519"]
)
def test_other_keys_are_refused(settings: Settings, text: str) -> None:
    settings.CONFIG = factories.config(audit_seal_key=SecretStr(text))
    with pytest.raises(keys.WrongSealKeyError, match="AUDIT_SEAL_KEY"):
        keys.seal_key()


def test_rows_come_in_commit_order() -> None:
    write(3)
    places = [(row.tx, row.id) for row in unsealed(START, 10)]
    assert places == sorted(places)

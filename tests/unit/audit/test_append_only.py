"""Evidence can be written and read; nothing else, by nobody."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import services
from apps.audit.models import AuditLog, Seal
from apps.audit.selectors import entries
from apps.audit.services import Act, Subject
from apps.kernel import clock
from apps.kernel.ids import new_id
from tests.support import factories


@pytest.fixture
def act(db: None) -> Act:
    return Act("test.note.write", "rest", factories.actor_of("operator"), reason="why")


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.parametrize("table", ["audit_auditlog", "audit_seal"])
def test_database_refuses_every_change(act: Act, table: str) -> None:
    services.intent(act)
    a_seal()
    refused(f"UPDATE {table} SET at = now()")
    refused(f"DELETE FROM {table}")
    refused(f"TRUNCATE {table} CASCADE")
    assert AuditLog.system.get().reason == "why"
    assert Seal.objects.count() == 1


def a_seal() -> None:
    Seal.objects.create(
        number=1,
        count=1,
        first_tx=1,
        first_id=new_id(),
        last_tx=1,
        last_id=new_id(),
        root="0" * 64,
        previous="0" * 64,
        key_id="k",
        signature="s",
    )


def test_models_cannot_change_a_row_either(act: Act) -> None:
    services.intent(act)
    row = AuditLog.system.get()
    row.reason = "another"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditLog.system.update(reason="another")


def test_intent_has_one_outcome(act: Act) -> None:
    number = services.intent(act)
    services.outcome(act, intent_id=number, verdict="ok")
    with pytest.raises(DatabaseError), transaction.atomic():
        services.outcome(act, intent_id=number, verdict="conflict")
    assert [row.verdict for row in AuditLog.system.filter(entry="outcome")] == ["ok"]


def test_every_kind_of_row_says_who_and_what(act: Act) -> None:
    device = factories.device()
    subject = Subject("device", device.id, "Lobby", "/plant/", device.id)
    about = act.about(subject)
    services.transition(about, verdict="moved", before={"s": 1}, after={"s": 2})
    services.login(act, verdict="refused")
    services.denied(about, verdict="forbidden", detail="x" * 900)
    moved, login, denied = AuditLog.system.order_by("id")
    assert (moved.entry, moved.before, moved.after) == ("transition", {"s": 1}, {"s": 2})
    assert (moved.object_label, moved.device_id, moved.site_path) == (
        "Lobby",
        device.id,
        "/plant/",
    )
    assert (login.entry, login.verdict) == ("login", "refused")
    assert (denied.entry, len(denied.detail)) == ("denied", 500)
    assert {row.actor_id for row in (moved, login, denied)} == {act.actor.id}
    assert {row.tenant_id for row in (moved, login, denied)} == {act.actor.tenant_id}


def test_long_values_are_cut_and_say_so(act: Act) -> None:
    number = services.intent(act)
    services.outcome(act, intent_id=number, verdict="ok", after={"text": "x" * 5_000})
    after = AuditLog.system.get(entry="outcome").after
    assert after is not None
    assert after["text"].endswith("(3000 characters more)")


def test_reads_are_scoped(act: Act) -> None:
    services.intent(act)
    assert entries(factories.actor_of("admin")).count() == 0
    assert entries(act.actor, since=clock.now().replace(year=2000)).count() == 1
    assert str(AuditLog.system.get()).endswith("test.note.write intent")

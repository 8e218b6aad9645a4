"""Whatever is done to the trail afterwards, checking it tells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from apps.audit import sealer, services, tasks, trail, verify
from apps.audit.models import AuditLog, Seal
from apps.audit.services import Act
from apps.kernel.actor import system_actor

pytestmark = pytest.mark.django_db(transaction=True)
ACT = Act("test.note.write", "rest", system_actor("test"), input={"value": 1.5, "text": "ü"})


@pytest.fixture
def sealed() -> dict[str, Any]:
    """Three seals over three rows each; gives the checkpoint that was kept elsewhere."""
    for _ in range(3):
        for _ in range(3):
            services.intent(ACT)
        sealer.seal_once()
    newest = trail.newest()
    assert newest is not None
    return trail.checkpoint(newest)


def tamper(sql: str, *values: Any) -> None:
    """What an owner of the database can do: take the triggers off, and put them back."""
    with transaction.atomic(), connection.cursor() as cursor:
        for word in ("DISABLE", "ENABLE"):
            for table in ("audit_auditlog", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
            if word == "DISABLE":
                cursor.execute(sql, values)


def a_row(place: int) -> AuditLog:
    return AuditLog.system.order_by("tx", "id")[place]


def change() -> None:
    tamper("UPDATE audit_auditlog SET actor_label = 'somebody' WHERE id = %s", a_row(4).id)


def change_inside() -> None:
    tamper("UPDATE audit_auditlog SET input = '{\"value\": 1.6}' WHERE id = %s", a_row(0).id)


def delete() -> None:
    tamper("DELETE FROM audit_auditlog WHERE id = %s", a_row(4).id)


def insert() -> None:
    services.intent(ACT)
    new = a_row(9)
    tamper("UPDATE audit_auditlog SET tx = %s::text::xid8 WHERE id = %s", str(a_row(4).tx), new.id)


def insert_between_seals() -> None:
    services.intent(ACT)
    tamper(
        "UPDATE audit_auditlog SET tx = %s::text::xid8 WHERE id = %s",
        str(a_row(3).tx - 1),
        a_row(9).id,
    )


def reorder() -> None:
    one, two = a_row(3), a_row(4)
    sql = "UPDATE audit_auditlog SET tx = %s::text::xid8 WHERE id = %s"
    tamper(sql, str(two.tx), one.id)
    tamper(sql, str(one.tx), two.id)


def drop_a_seal() -> None:
    tamper("DELETE FROM audit_seal WHERE number = 2")


def alter_a_seal() -> None:
    tamper("UPDATE audit_seal SET at = now() - interval '1 day' WHERE number = 2")


def cut_the_tail() -> None:
    tamper("DELETE FROM audit_seal WHERE number = 3")
    tamper("DELETE FROM audit_auditlog WHERE id IN (%s, %s, %s)", *(a_row(n).id for n in (6, 7, 8)))


def cut_and_seal_anew() -> None:
    cut_the_tail()
    for _ in range(3):
        services.intent(ACT)
    sealer.seal_once()


def sealed_by_another_key() -> None:
    seal = Seal.objects.get(number=3)
    forged = Ed25519PrivateKey.generate().sign(b"anything").hex()
    tamper("UPDATE audit_seal SET signature = %s WHERE number = %s", forged, seal.number)


def everything_gone() -> None:
    tamper("DELETE FROM audit_seal")


KINDS: dict[str, tuple[Callable[[], None], str]] = {
    "changed": (change, "seal 2: an entry was changed"),
    "changed inside": (change_inside, "seal 1: an entry was changed"),
    "deleted": (delete, "seal 2 covers 3 entries, 2 are here"),
    "inserted": (insert, "seal 2 covers 3 entries, 4 are here"),
    "inserted between seals": (insert_between_seals, "covers 3 entries, 4 are here"),
    "reordered": (reorder, "seal 2: an entry was changed, added, removed or moved"),
    "seal dropped": (drop_a_seal, "seals are missing"),
    "seal altered": (alter_a_seal, "seal 2 is not signed by this key"),
    "tail cut": (cut_the_tail, "the tail is cut: seal 3 is known to exist"),
    "tail replaced": (cut_and_seal_anew, "seal 3 is not the one that is known"),
    "another key": (sealed_by_another_key, "seal 3 is not signed by this key"),
    "everything gone": (everything_gone, "every seal is gone"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found(sealed: dict[str, Any], kind: str) -> None:
    assert trail.check(sealed).problems == []
    do, words = KINDS[kind]
    do()
    problems = trail.check(sealed).problems
    assert any(words in problem for problem in problems), problems


def test_nightly_check_tells(sealed: dict[str, Any]) -> None:
    change()
    tasks.verify()
    assert tasks.PROBLEMS._value.get() == 1


def exported(folder: Path) -> tuple[Path, Path]:
    seals = trail.seals(1, 3)
    lines, manifest = folder / "trail.jsonl", folder / "manifest.json"
    lines.write_text("".join(f"{line}\n" for line in trail.lines(seals)))
    manifest.write_text(json.dumps(trail.manifest(seals)))
    return lines, manifest


def test_command_line_accepts_a_sound_trail(
    sealed: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, manifest = exported(tmp_path)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(sealed))
    assert verify.main([str(lines), str(manifest), "--checkpoint", str(kept)]) == 0
    assert capsys.readouterr().out == "9 entries under 3 seals: sound\n"


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda lines: lines[:-4], "the tail is cut"),
        (lambda lines: lines[:-1], "3 entries at the end are under no seal"),
        (lambda lines: ["{not json", *lines], "line 1 is not JSON"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "out of order"),
        (lambda lines: lines[4:], "seals are missing"),
        (lambda lines: [lines[0].replace("rest", "mcp"), *lines[1:]], "an entry was changed"),
    ],
)
def test_command_line_refuses_an_altered_export(
    sealed: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    alter: Callable[[list[str]], list[str]],
    words: str,
) -> None:
    lines, manifest = exported(tmp_path)
    lines.write_text("\n".join(alter(lines.read_text().splitlines())))
    assert verify.main([str(lines), str(manifest)]) == 1
    said = capsys.readouterr().out
    assert words in said
    assert "NOT SOUND" in said


def test_trusted_key_replaces_the_one_that_came_along(
    sealed: dict[str, Any], tmp_path: Path
) -> None:
    lines, manifest = exported(tmp_path)
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    assert verify.main([str(lines), str(manifest), "--key", stranger]) == 1


def test_part_of_a_trail_can_be_checked_alone(sealed: dict[str, Any]) -> None:
    seals = trail.seals(2, 3)
    report = verify.verify(trail.lines(seals), trail.manifest(seals), sealed)
    assert (report.problems, report.entries) == ([], 6)
    earlier = {"number": 1, "hash": "unknown here"}
    assert verify.verify(trail.lines(seals), trail.manifest(seals), earlier).problems == []
    assert list(trail.lines([])) == []

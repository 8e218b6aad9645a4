"""Exports hold what was stored, whole or not at all, and go to whoever may see the Core."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pyarrow.parquet as pq
import pytest
from django.test import Client

from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import Job, JobState
from apps.kernel import clock, wholefiles
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome
from apps.operations.steps import run_job
from apps.qsys.exports import files, making
from apps.qsys.exports.shapes import COLUMNS
from apps.qsys.models import Control, Export
from apps.qsys.tasks import exports as sweep
from apps.qsys.telemetry import Batch, Place, Samples
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.unit.qsys.inventory.conftest import BEGAN, at
from tests.unit.qsys.telemetry.made import change

Asking = Callable[..., Outcome]
Stored = dict[str, Any]
pytestmark = pytest.mark.django_db(transaction=True)
RANGE = {"since": at(0).isoformat(), "until": at(1_000).isoformat()}


def changed(one: Control, count: int, first: int = 0) -> None:
    place = Place(one.device.tenant_id, one.device_id, one.device.site_path)
    rows = [
        change(
            one.id,
            place=place,
            at_us=BEGAN + (first + n) * 1_000,
            number=float(n),
            string=f"={n}dB",
        )
        for n in range(count)
    ]
    store(Batch(changes=rows), [])


def metered(one: Control, *seconds: int) -> None:
    batches = []
    for second in seconds:
        made = Samples(one.device_id, BEGAN // 1_000_000 + second)
        for n in range(10):
            made.add(one.id, n * 100, -float(n))
        batches.append(made)
    store(Batch(samples=batches), [])


def accepted(ask: Asking, **members: Any) -> UUID:
    outcome = ask("qsys.export.create", device="Hall A", **{**RANGE, **members})
    assert outcome.job is not None
    return outcome.job.id


def finished(job_id: UUID) -> Job:
    assert run_job(job_id)
    return Job.system.get(id=job_id)


def made(ask: Asking, **members: Any) -> Export:
    job = finished(accepted(ask, **members))
    assert job.state == JobState.SUCCEEDED, job.failure_detail
    return Export.system.get(id=job.output["export"])


def content(export: Export) -> bytes:
    return files.path_of(export.job_id, export.format).read_bytes()


def left() -> list[str]:
    return sorted(path.name for path in files.folder().iterdir())


def test_changes_as_csv_in_order_of_time_and_safe_in_a_spreadsheet(
    ask: Asking, stored: Stored
) -> None:
    changed(stored["gain"], 12_000)
    changed(stored["mute"], 1, first=20_000)
    changed(stored["mute"], 1, first=1_000_000)
    export = made(ask)
    data = content(export)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(rows) == export.rows == 12_001
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert (rows[0]["component"], rows[0]["control"], rows[0]["value"]) == ("Bar", "gain", "0.0")
    assert rows[0]["at"] == at(0).isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert (rows[-1]["component"], rows[-1]["string"]) == ("'=Stage", "'=0dB")
    assert (export.size, export.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    path = files.path_of(export.job_id, export.format)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert left() == [path.name]


def test_the_same_as_parquet_of_the_controls_that_are_meant(ask: Asking, stored: Stored) -> None:
    changed(stored["gain"], 50)
    changed(stored["mute"], 5, first=100)
    export = made(ask, format="parquet", components=["=*"])
    table = pq.read_table(io.BytesIO(content(export)))
    assert table.num_rows == export.rows == 5
    assert table.column_names == [column.name for column in COLUMNS["events"]]
    first = table.slice(0, 1).to_pylist()[0]
    assert (first["component"], first["string"], first["at"]) == ("=Stage", "=0dB", at(0.1))
    assert made(ask, format="parquet", components=["none"]).rows == 0


def test_telemetry_by_second_and_by_sample(ask: Asking, stored: Stored) -> None:
    metered(stored["level"], 0, 1, 2, 2_000)
    seconds = made(ask, content="seconds", format="parquet")
    rows = pq.read_table(io.BytesIO(content(seconds))).to_pylist()
    assert [(row["at"], row["samples"], row["minimum"]) for row in rows] == [
        (at(n), 10, -9.0) for n in range(3)
    ]
    single = made(ask, content="samples", since=at(0.5).isoformat(), until=at(1.25).isoformat())
    values = [row["value"] for row in csv.DictReader(io.StringIO(content(single).decode()))]
    assert values == ["-5.0", "-6.0", "-7.0", "-8.0", "-9.0", "-0.0", "-1.0", "-2.0"]
    assert made(ask, content="samples", components=["none"]).rows == 0


def test_one_that_grows_too_large_leaves_nothing(
    ask: Asking, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(stored["gain"], 100)
    monkeypatch.setattr(files, "size_most", lambda: 1_000)
    for form in ("csv", "parquet"):
        job = finished(accepted(ask, format=form))
        assert (job.state, job.failure_code) == (JobState.FAILED, Code.TOO_LARGE)
        assert "take a shorter range or fewer controls" in job.failure_detail
    assert (left(), Export.system.count()) == ([], 0)


def test_one_that_is_cancelled_while_it_writes_leaves_nothing(
    ask: Asking, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(stored["gain"], 12_000)
    job_id = accepted(ask)
    seen: list[list[str]] = []

    def pieces(*given: Any) -> Iterator[Any]:
        for piece in reading(*given):
            seen.append(left())
            yield piece
            Job.system.filter(id=job_id).update(cancel="soft")

    reading = making.pieces
    monkeypatch.setattr(making, "pieces", pieces)
    monkeypatch.setattr(making, "LOOKS_EVERY", 0.0)
    assert finished(job_id).state == JobState.CANCELLED
    assert [len(one) for one in seen] == [1, 1]
    assert seen[0][0].endswith(wholefiles.PART)
    assert (left(), Export.system.count()) == ([], 0)


def test_one_that_died_is_made_anew_in_the_same_place(ask: Asking, stored: Stored) -> None:
    changed(stored["gain"], 3)
    job_id = accepted(ask)
    files.path_of(job_id, "csv").write_bytes(b"of a worker that died before it told")
    assert finished(job_id).state == JobState.SUCCEEDED
    assert content(Export.system.get()).startswith(b"at,component,control,")


def test_a_full_disk_is_told_and_tried_again_later(stored: Stored) -> None:
    with pytest.raises(Failure) as refused, wholefiles.whole(files.folder() / "x.csv", "1"):
        raise OSError(28, os.strerror(28))
    assert refused.value.code is Code.BUSY
    assert left() == []


def test_a_range_without_length_is_refused(ask: Asking, stored: Stored) -> None:
    job = finished(accepted(ask, until=RANGE["since"]))
    assert (job.state, job.failure_code) == (JobState.FAILED, Code.INVALID)


def test_time_takes_files_away_and_so_does_the_sweep(ask: Asking, stored: Stored) -> None:
    keep = made(ask)
    over = made(ask)
    Export.system.filter(id=over.id).update(expires_at=clock.now())
    strays = [files.folder() / f"{uuid4()}.csv", files.folder() / f"{keep.job_id}.csv.1.part"]
    old = (clock.now() - timedelta(hours=2)).timestamp()
    for path in strays:
        path.write_bytes(b"x")
        os.utime(path, (old, old))
    fresh = files.folder() / f"{uuid4()}.csv.1.part"
    fresh.write_bytes(b"being written")
    sweep()
    assert left() == sorted([f"{keep.job_id}.csv", fresh.name])
    assert [one.id for one in Export.system.all()] == [keep.id]


def client_of(actor_role: str, stored: Stored, **fields: Any) -> Client:
    owner: Device = stored["device"]
    key = factories.api_key(factories.user(fields.pop("of", owner.tenant), actor_role, **fields))
    return Client(raise_request_exception=False, headers={"X-API-Key": key})


def test_a_file_is_fetched_with_evidence(ask: Asking, stored: Stored) -> None:
    changed(stored["gain"], 7)
    export = made(ask)
    client = client_of("viewer", stored)
    (row,) = client.get("/api/v1/exports/").json()["items"]
    assert (row["id"], row["rows"], row["device"]) == (
        str(export.id), 7, str(export.device_id),
    )  # fmt: skip
    url = ask("qsys.export.download", export=str(export.id)).output["url"]
    answer = client.get(url)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, content(export))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert export.name in answer["Content-Disposition"]
    evidence = AuditLog.system.filter(operation="qsys.export.download", verdict="ok")
    assert evidence.count() == 2
    assert evidence.latest("id").device_id == export.device_id


def test_strangers_and_neighbours_find_no_file(ask: Asking, stored: Stored) -> None:
    changed(stored["gain"], 7)
    export = made(ask)
    for client in (
        client_of("admin", stored, of=factories.tenant()),
        client_of("admin", stored, site_path="/plant/hall-b/"),
    ):
        assert client.get("/api/v1/exports/").json()["items"] == []
        for address in (f"{export.id}/", f"{export.id}/file/", f"{uuid4()}/file/", "x/file/"):
            answer = client.get(f"/api/v1/exports/{address}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not AuditLog.system.filter(operation="qsys.export.download").exists()


def test_an_export_is_over_when_its_time_is_or_its_file_is_gone(
    ask: Asking, stored: Stored
) -> None:
    export = made(ask)
    client = client_of("viewer", stored)
    files.remove(export)
    assert client.get(f"/api/v1/exports/{export.id}/file/").status_code == 404
    Export.system.filter(id=export.id).update(expires_at=clock.now())
    assert client.get(f"/api/v1/exports/{export.id}/").status_code == 404


def test_deleting_takes_the_file_and_needs_the_right(
    ask: Asking, stored: Stored, viewer: Actor
) -> None:
    export = made(ask)
    with pytest.raises(Failure) as refused:
        ask("qsys.export.delete", export=str(export.id))
    assert refused.value.code is Code.FORBIDDEN
    assert len(left()) == 1
    operator = factories.actor_of("operator", stored["device"].tenant)
    given = {"export": str(export.id)}
    invoke(Call(operation="qsys.export.delete", input=given, actor=operator, face=Face.REST))
    assert (left(), Export.system.count()) == ([], 0)

"""A start migrates when code or database changed since the last one, and only then."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apps.ops.launcher.migrated import fingerprint, is_current
from tests.support.toy import Toy

ROWS = """
CREATE TABLE django_migrations (
    id serial PRIMARY KEY, app text, name text, applied timestamptz DEFAULT clock_timestamp()
)
"""


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy()
    yield made
    made.end()


def start(toy: Toy, times: int) -> None:
    toy.up("--no-sim")
    toy.wait_until_ready(times=times)


def run_in(toy: Toy, statement: str) -> None:
    published = json.loads(toy.state.environment.read_text())
    with psycopg.connect(published["DATABASE_OWNER_URL"]) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def migrations(toy: Toy) -> int:
    """How often `migrate` ran: it says so in its log each time."""
    return (toy.state.log / "migrate.log").read_text().count("migrated")


def test_warm_start_migrates_only_after_a_change(toy: Toy) -> None:
    source = toy.folder / "manage.py"
    source.write_text(source.read_text() + "\nprint(f'{sys.argv[1]}d', flush=True)\n")
    start(toy, 1)
    assert migrations(toy) == 1
    toy.stop()
    start(toy, 2)
    assert migrations(toy) == 1
    run_in(toy, ROWS)
    run_in(toy, "INSERT INTO django_migrations (app, name) VALUES ('fleet', '0001')")
    toy.stop()
    start(toy, 3)
    assert migrations(toy) == 2
    toy.stop()
    (toy.folder / "apps" / "new.py").write_text("ANSWER = 42\n")
    start(toy, 4)
    assert migrations(toy) == 3


def test_failed_migration_is_tried_again(toy: Toy) -> None:
    toy.environ["TOY_FAILS"] = "migrate"
    assert toy.up("--no-sim").wait(60) == 1
    assert not toy.state.migrated.exists()
    del toy.environ["TOY_FAILS"]
    start(toy, 1)
    assert toy.state.migrated.exists()


def test_fingerprint_tells_databases_and_lock_files_apart(toy: Toy, tmp_path: Path) -> None:
    start(toy, 1)
    url = json.loads(toy.state.environment.read_text())["DATABASE_OWNER_URL"]
    lock = tmp_path / "requirements" / "base.txt"
    lock.parent.mkdir()
    lock.write_text("django==5.2.1\n")
    before = fingerprint(tmp_path, url)
    assert fingerprint(tmp_path, url) == before
    lock.write_text("django==5.2.2\n")
    assert fingerprint(tmp_path, url) != before
    lock.write_text("django==5.2.1\n")
    for name in ("0001", "0002"):
        run_in(toy, ROWS.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
        run_in(toy, f"INSERT INTO django_migrations (app, name) VALUES ('fleet', '{name}')")
        assert fingerprint(tmp_path, url) != before
        before = fingerprint(tmp_path, url)


def test_mark_that_is_missing_or_another_is_not_current(tmp_path: Path) -> None:
    mark = tmp_path / "migrated"
    assert not is_current(mark, "one")
    mark.write_text("one")
    assert is_current(mark, "one")
    assert not is_current(mark, "two")

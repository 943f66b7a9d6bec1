"""Migrations on both databases: at start, at once, half way, and after a newer program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from stockbot.errors import ConfigurationError, Conflict
from stockbot.runtime import migrations
from stockbot.runtime.database import Database
from stockbot.runtime.migrations import Upgrade

FIRST = """
    op.create_table(
        "sample_parents", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text)
    )
    op.create_table("sample_children", sa.Column("parent", sa.Integer, sa.ForeignKey("sample_parents.id")))
    op.execute("INSERT INTO sample_parents (id, name) VALUES (1, 'one')")
    op.execute("INSERT INTO sample_children (parent) VALUES (1)")
"""
SLOW = (
    """
    import time; time.sleep(0.5)
"""
    + FIRST
)
REBUILD = """
    with op.batch_alter_table("sample_parents", recreate="auto") as batch:
        batch.alter_column("name", new_column_name="title", existing_type=sa.Text)
        batch.add_column(sa.Column("note", sa.Text))
"""
FAILING = """
    op.execute("UPDATE sample_parents SET title = 'two'")
    op.create_table("sample_more", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO sample_nowhere (id) VALUES (1)")
"""
ORPHANING = """
    op.execute("DELETE FROM sample_parents")
"""
BLOCKING = """
    op.create_table("sample_parents", sa.Column("id", sa.Integer, primary_key=True))
    print("inside", flush=True)
    input()
"""
SCRIPT = """
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {before!r}


def upgrade():
{body}
"""
UPGRADE_IN_A_PROCESS = """
import asyncio, dataclasses, json, sys
from stockbot.runtime.database import Database
from stockbot.runtime import migrations

async def main(url):
    database = Database.open(url)
    print("ready", flush=True)
    input()
    done = await migrations.upgrade(database, "sample", "sample_")
    print(json.dumps(dataclasses.asdict(done)), flush=True)
    await database.close()

asyncio.run(main(sys.argv[1]))
"""

Write = Callable[..., None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write the package `sample` with one script for each text given."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("sample", "sample.migrations"):
        sys.modules.pop(name, None)  # the test before had its own

    def write(*upgrades: str) -> None:
        folder = tmp_path / "sample" / "migrations" / "versions"
        folder.mkdir(parents=True, exist_ok=True)
        for made in (folder.parents[1], folder.parent):
            (made / "__init__.py").write_text('PREFIX = "sample_"\n')
        for number, body in enumerate(upgrades, start=1):
            (folder / f"{number:04}.py").write_text(_script(number, body))

    return write


def _script(number: int, body: str) -> str:
    before = f"{number - 1:04}" if number > 1 else None
    return SCRIPT.format(revision=f"{number:04}", before=before, body=body)


def _schema(connection: Connection) -> dict[str, list[str]]:
    found = inspect(connection)
    return {name: [column["name"] for column in found.get_columns(name)] for name in found.get_table_names()}


async def _upgrade(database: Database) -> Upgrade:
    return await migrations.upgrade(database, "sample", "sample_")


async def test_an_empty_database_is_brought_to_the_head(database: Database, package: Write) -> None:
    """All scripts run once, in order, and a second call finds nothing to do."""
    package(FIRST, REBUILD)
    assert await migrations.current(database, "sample_") is None
    assert await _upgrade(database) == Upgrade(before=None, after="0002")
    assert await _upgrade(database) == Upgrade(before="0002", after="0002")
    assert await migrations.current(database, "sample_") == migrations.head("sample") == "0002"


async def test_rebuilding_a_table_keeps_its_rows(database: Database, package: Write) -> None:
    """A rebuilt table keeps its rows and those that point to it, although the old table is dropped."""
    package(FIRST)
    await _upgrade(database)
    package(FIRST, REBUILD)
    await _upgrade(database)
    joined = text("SELECT title, note FROM sample_children JOIN sample_parents ON id = parent")
    assert await database.read(lambda c: c.execute(joined).all()) == [("one", None)]


async def test_a_failing_migration_changes_nothing(database: Database, package: Write) -> None:
    """When the last of three steps fails, tables, columns, rows and revision are what they were."""
    package(FIRST)
    await _upgrade(database)
    before = await database.read(_schema)
    package(FIRST, REBUILD, FAILING)
    with pytest.raises(DBAPIError, match="sample_nowhere"):
        await _upgrade(database)
    assert await database.read(_schema) == before
    assert await migrations.current(database, "sample_") == "0001"
    assert await database.read(lambda c: c.execute(text("SELECT name FROM sample_parents")).scalar()) == "one"


async def test_a_migration_may_not_orphan_rows(database: Database, package: Write) -> None:
    """Rows that would point to nothing stop the migration, although SQLite does not check while it runs."""
    package(FIRST, ORPHANING)
    with pytest.raises((Conflict, IntegrityError), match="sample_children"):
        await _upgrade(database)
    assert await database.read(_schema) == {}


async def test_foreign_keys_hold_again_afterwards(database: Database, package: Write) -> None:
    """The connection that migrated checks foreign keys as before."""
    package(FIRST)
    await _upgrade(database)
    with pytest.raises(IntegrityError):
        await database.run(lambda c: c.execute(text("INSERT INTO sample_children (parent) VALUES (99)")))


async def test_a_newer_database_is_refused(database: Database, package: Write, tmp_path: Path) -> None:
    """An older program does not touch what a newer one made, and says what to do."""
    package(FIRST, REBUILD)
    await _upgrade(database)
    (tmp_path / "sample/migrations/versions/0002.py").unlink()
    with pytest.raises(ConfigurationError, match=r"newer Stockbot, revision 0002; upgrade the program or restore"):
        await _upgrade(database)


async def test_two_services_share_a_database(database: Database, package: Write) -> None:
    """Each prefix has its own revision."""
    package("\n    pass\n")
    await migrations.upgrade(database, "sample", "first_")
    assert await migrations.current(database, "first_") == "0001"
    assert await migrations.current(database, "second_") is None
    assert await database.read(lambda c: inspect(c).get_table_names()) == ["first_alembic_version"]


def test_a_package_without_migrations_is_named() -> None:
    """Asking for the head of a package without scripts says which."""
    with pytest.raises(ConfigurationError, match=r"stockbot\.events has no migrations"):
        migrations.head("stockbot.events")


async def test_eight_processes_start_at_once(database_url: str, package: Write, tmp_path: Path) -> None:
    """Of eight processes one migrates, for half a second; the others wait and find the work done."""
    package(SLOW, REBUILD)
    processes = [_process(database_url, tmp_path) for _ in range(8)]
    for process in processes:
        _expect(process, "ready")
    for process in processes:
        _say(process, "go")
    answers = [json.loads(process.communicate()[0]) for process in processes]
    assert sorted(str(answer["before"]) for answer in answers) == ["0002"] * 7 + ["None"]
    assert {answer["after"] for answer in answers} == {"0002"}


async def test_a_killed_migration_is_done_by_the_next(database_url: str, package: Write, tmp_path: Path) -> None:
    """SIGKILL inside a migration frees the lock and leaves nothing; the next process does it all."""
    package(BLOCKING)
    process = _process(database_url, tmp_path)
    _expect(process, "ready")
    _say(process, "go")
    _expect(process, "inside")
    process.kill()
    process.communicate()
    package(FIRST)
    database = Database.open(database_url)
    assert await _upgrade(database) == Upgrade(before=None, after="0001")
    await database.close()


def _process(url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this interpreter and the program above
        [sys.executable, "-c", UPGRADE_IN_A_PROCESS, url],
        env={
            **os.environ,
            "PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _say(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def _expect(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{word}\n"

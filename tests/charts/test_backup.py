"""The backup's script, as the chart renders it, on a real PostgreSQL: what it writes can be restored."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.charts.conftest import Render
from tests.charts.manifests import of_kind

from stockbot.testing.databases import start_postgres
from stockbot.testing.postgres import find_binaries


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of a database with a row in it."""
    server = start_postgres()
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE orders (id text PRIMARY KEY)")
        connection.execute("INSERT INTO orders VALUES ('the first')")
    yield url
    server.destroy()


def run(database: str, *command: str) -> None:
    environment = os.environ | {"DATABASE_URL": database, "PATH": f"{find_binaries()}:{os.environ['PATH']}"}
    subprocess.run(command, env=environment, check=True, timeout=60)  # noqa: S603 - the chart's own script


def back_up(render: Render, database: str, folder: Path) -> None:
    """Run the CronJob's container's command, with a folder of this machine in the volume's place."""
    job = of_kind(render("default", "--set=database.backup.enabled=true,database.backup.keep=2"), "CronJob")
    (container,) = job["database-backup"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    run(database, *(part.replace("/backup", str(folder)) for part in container["command"]))


def test_a_backup_can_be_restored(render: Render, database: str, tmp_path: Path) -> None:
    """What was there is there again, as docs/install.md restores it; nothing unfinished is left."""
    back_up(render, database, tmp_path)
    (dump,) = tmp_path.iterdir()
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM orders")
        connection.commit()
        run(database, "pg_restore", f"--dbname={database}", "--clean", "--if-exists", str(dump))
        assert connection.execute("SELECT id FROM orders").fetchall() == [("the first",)]


def test_the_oldest_go(render: Render, database: str, tmp_path: Path) -> None:
    """As many are kept as the values say, and what is no backup stays."""
    for name in ("stockbot-20260101T000000Z.dump", "stockbot-20260102T000000Z.dump", "notes.txt"):
        (tmp_path / name).touch()
    back_up(render, database, tmp_path)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept[:2] == ["notes.txt", "stockbot-20260102T000000Z.dump"]
    assert len(kept) == 3


def test_a_database_that_is_away_fails_the_job_and_keeps_what_there_is(render: Render, tmp_path: Path) -> None:
    """No old backup is thrown away for one that did not come about."""
    old = [tmp_path / f"stockbot-2026010{day}T000000Z.dump" for day in (1, 2, 3)]
    for path in [*old, tmp_path / "stockbot-20260104T000000Z.dump.unfinished"]:
        path.touch()
    with pytest.raises(subprocess.CalledProcessError):
        back_up(render, "postgresql://nobody@/none?host=/nowhere", tmp_path)
    assert sorted(tmp_path.glob("*.dump")) == old
    assert not (tmp_path / "stockbot-20260104T000000Z.dump.unfinished").exists()

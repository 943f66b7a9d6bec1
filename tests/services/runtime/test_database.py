"""Transactions in the one database thread, on SQLite and PostgreSQL, and what a failure looks like."""

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, ForeignKey, Integer, MetaData, Table, Text, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.runtime.database import Database, Health, insert
from stockbot.runtime.engine import WRITE, Mode
from stockbot.testing.databases import sqlite_url, start_postgres
from stockbot.testing.postgres import PostgresServer

metadata = MetaData()
orders = Table("orders", metadata, Column("id", Integer, primary_key=True), Column("note", Text))
fills = Table("fills", metadata, Column("order_id", ForeignKey("orders.id")))


def _add(connection: Connection, key: int, note: str = "") -> int:
    connection.execute(orders.insert().values(id=key, note=note))
    return key


def _shown(statement: str) -> Callable[[Connection], object]:
    return lambda connection: connection.exec_driver_sql(statement).scalar()


def _add_with_note(connection: Connection, note: str) -> None:
    connection.execute(insert(connection, orders).values(id=1, note=note).on_conflict_do_nothing())


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(orders)).scalar_one()


@pytest.fixture
async def store(database: Database) -> Database:
    """Make the two tables in a database of each kind."""
    await database.run(metadata.create_all)
    return database


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    """Make them on SQLite alone."""
    database = Database.open(sqlite_url(tmp_path))
    await database.run(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL that this test may kill."""
    server = start_postgres()
    yield server
    server.destroy()


async def test_the_result_comes_after_the_commit(store: Database, database_url: str) -> None:
    """What `run` returned is already there for another process."""
    assert await store.run(lambda connection: _add(connection, 7)) == 7
    other = Database.open(database_url)
    assert await other.read(_count) == 1
    await other.close()


async def test_a_read_sees_one_moment(store: Database, database_url: str) -> None:
    """What another process commits between two statements of a read is not half of its answer."""
    other = Database.open(database_url)

    def twice(connection: Connection) -> tuple[int, int]:
        first = _count(connection)
        other.call(lambda theirs: _add(theirs, 1))
        return first, _count(connection)

    assert await store.read(twice) == (0, 0)
    assert await store.read(_count) == 1
    await other.close()


async def test_an_exception_rolls_everything_back(store: Database) -> None:
    """An exception of the function comes out as it is, and nothing of its transaction stays."""

    def half(connection: Connection) -> None:
        _add(connection, 1)
        raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        await store.run(half)
    assert await store.read(_count) == 0


async def test_mistakes_of_the_program_are_not_hidden(store: Database) -> None:
    """A broken constraint, unknown table or write in `read` stays SQLAlchemy's error and harms no health."""
    with pytest.raises(IntegrityError):
        await store.run(lambda connection: [_add(connection, 1), _add(connection, 1)])
    with pytest.raises(DBAPIError, match="nowhere"):
        await store.run(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    with pytest.raises(DBAPIError, match=r"read.?only"):
        await store.read(lambda connection: _add(connection, 1))
    assert store.health.failure is None


async def test_foreign_keys_hold(store: Database) -> None:
    """A fill without its order is refused on both databases."""
    with pytest.raises(IntegrityError):
        await store.run(lambda connection: connection.execute(fills.insert().values(order_id=9)))


async def test_values_stay_out_of_errors(store: Database) -> None:
    """An error shows the statement and never the values, which may be secret."""
    with pytest.raises(IntegrityError) as caught:
        await store.run(lambda connection: [_add(connection, 1), _add(connection, 1, "hunter2")])
    assert "hunter2" not in str(caught.value)


async def test_one_thread_does_everything(store: Database) -> None:
    """Transactions run one after the other in one thread that is not the event loop's."""
    names = await asyncio.gather(*(store.run(lambda _: threading.current_thread().name) for _ in range(20)))
    assert len(set(names)) == 1
    assert names[0] != threading.current_thread().name


async def test_cancelling_leaves_a_begun_transaction_whole(store: Database) -> None:
    """A cancelled transaction that had begun is committed; one that had not begun never runs."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        _add(connection, 1)
        begun.set()
        go_on.wait()
        _add(connection, 2)

    running = asyncio.create_task(store.run(slow))
    waiting = asyncio.create_task(store.run(lambda connection: _add(connection, 3)))
    await asyncio.to_thread(begun.wait)
    running.cancel()
    waiting.cancel()
    await asyncio.wait([running, waiting])
    go_on.set()
    keys = await store.read(lambda connection: connection.execute(select(orders.c.id)).scalars().all())
    assert sorted(keys) == [1, 2]


async def test_close_finishes_what_was_submitted(file: Database, tmp_path: Path) -> None:
    """Transactions submitted before `close` are committed."""
    closing = Database.open(sqlite_url(tmp_path))
    submitted = asyncio.gather(*(closing.run(partial(_add, key=key)) for key in range(20)))
    await asyncio.sleep(0)
    await closing.close()
    await submitted
    assert await file.read(_count) == 20


async def test_health_follows_the_last_commit(tmp_path: Path) -> None:
    """Health is empty before the first commit and carries its time afterwards."""
    database = Database.open(sqlite_url(tmp_path), monotonic=lambda: 42.0)
    assert database.health == Health(None, None)
    await database.run(metadata.create_all)
    assert database.health == Health(None, 42.0)
    await database.close()


async def test_insert_knows_conflicts(store: Database) -> None:
    """The same statement inserts once or replaces, on both databases."""
    for note in ("first", "second"):
        await store.run(partial(_add_with_note, note=note))
    assert await store.read(lambda c: c.execute(select(orders.c.note)).scalar()) == "first"


def test_call_is_for_programs_without_a_loop(database_url: str) -> None:
    """`call` does the same, blocking."""
    database = Database.open(database_url)
    database.call(metadata.create_all)
    assert database.call(lambda connection: _add(connection, 5)) == 5
    asyncio.run(database.close())


def _modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_a_file_of_sqlite_is_durable_and_private(file: Database, tmp_path: Path) -> None:
    """The write-ahead log, full synchronisation, foreign keys; and no other user reads the file."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    found = [await file.run(_shown(f"PRAGMA {pragma}")) for pragma in pragmas]
    assert found == ["wal", 2, 1]
    assert _modes(tmp_path) == {0o600}


async def test_reading_waits_for_no_writer(file: Database, tmp_path: Path) -> None:
    """While another process holds the write lock, `read` answers and `run` says that it is locked."""
    at_once = Mode(lock_seconds=0)
    file._engines[at_once] = file._engines[WRITE]
    other = sqlite3.connect(tmp_path / "stockbot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await file.read(_count) == 0
    with pytest.raises(Unavailable, match="locked by another process"):
        await file.run(lambda connection: _add(connection, 1), at_once)
    assert "locked" in str(file.health.failure)
    other.execute("COMMIT")
    await file.run(lambda connection: _add(connection, 1))
    other.close()
    assert file.health == Health(None, file.health.committed_at)


async def test_a_writer_waits_for_another(file: Database, tmp_path: Path) -> None:
    """Our own loop waits, also after a read, which has SQLite wait itself; and writes as soon as the lock is free."""
    other = sqlite3.connect(tmp_path / "stockbot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await file.read(_count) == 0
    writing = asyncio.create_task(file.run(lambda connection: _add(connection, 1)))
    await asyncio.sleep(0.2)
    assert not writing.done()
    other.execute("COMMIT")
    assert await writing == 1
    other.close()


async def test_the_first_to_come_waits_for_others_that_start(tmp_path: Path) -> None:
    """A new file that another process holds just now is waited for, although SQLite itself would not."""
    other = sqlite3.connect(tmp_path / "stockbot.db", isolation_level=None)
    other.execute("CREATE TABLE seen (id INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    database = Database.open(sqlite_url(tmp_path))
    creating = asyncio.create_task(database.run(metadata.create_all))
    await asyncio.sleep(0.2)
    assert not creating.done()
    other.execute("COMMIT")
    await creating
    other.close()
    await database.close()


async def test_a_full_disk_is_unavailable(file: Database) -> None:
    """What no longer fits is rolled back with a sentence that names the file; what fits goes on."""
    await file.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=8"))
    with pytest.raises(Unavailable, match=r"stockbot\.db cannot grow: the disk is full"):
        await file.run(lambda connection: _add(connection, 1, "x" * 100_000))
    assert await file.run(lambda connection: _add(connection, 1)) == 1


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file of something else is never overwritten, and the message says so."""
    (tmp_path / "stockbot.db").write_text("my shopping list, longer than a header of a hundred bytes" * 4)
    database = Database.open(sqlite_url(tmp_path))
    with pytest.raises(ConfigurationError, match="is not a SQLite database"):
        await database.run(_count)
    await database.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "cannot be read"),
        ("stockbot.db", "cannot be read"),
        ("postgresql://u:hunter2@host:port/x", "cannot be read"),
        ("mysql://u:hunter2@host/x", "'mysql', which is not supported"),
        ("sqlite://", "not an absolute path"),
        ("sqlite:///:memory:", "not an absolute path"),
        ("sqlite:///stockbot.db", "not an absolute path"),
        ("sqlite:////nowhere/at/all.db", "make the folder /nowhere/at writable"),
    ],
)
def test_a_wrong_url_names_the_right_one(url: str, reason: str) -> None:
    """A person learns what was wrong and what would be right, and no password is repeated."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        Database.open(url)
    assert "hunter2" not in str(caught.value)


def test_a_missing_driver_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the message says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"psycopg\[binary\]"):
        Database.open("postgres://stockbot@localhost/stockbot")


async def test_postgresql_waits_for_nothing_for_ever(postgres_server: PostgresServer) -> None:
    """Every session has its name, its time limits and READ COMMITTED."""
    database = Database.open(postgres_server.create_database(), application_name="risk-guardian")
    names = (
        "application_name",
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_isolation",
    )
    shown = [await database.run(_shown(f"SHOW {name}")) for name in names]
    assert shown == ["risk-guardian", "5s", "30s", "10s", "read committed"]
    await database.close()


async def test_postgresql_gone_and_back(own_server: PostgresServer) -> None:
    """Killed: Unavailable, without the password. Back: the same object works, nothing committed is lost."""
    url = own_server.create_database().replace("stockbot@", "stockbot:hunter2@")
    database = Database.open(url)
    await database.run(metadata.create_all)
    await database.run(lambda connection: _add(connection, 1))
    own_server.kill()
    with pytest.raises(Unavailable, match="does not serve") as caught:
        await database.run(lambda connection: _add(connection, 2))
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__} {database.health}"
    own_server.start()
    assert await database.read(_count) == 1
    assert database.health.failure is None
    await database.close()


async def test_postgresql_dies_inside_a_transaction(own_server: PostgresServer) -> None:
    """A server killed half way through leaves nothing of the transaction."""
    database = Database.open(own_server.create_database())
    await database.run(metadata.create_all)

    def interrupted(connection: Connection) -> None:
        _add(connection, 1)
        own_server.kill()
        _add(connection, 2)

    with pytest.raises(Unavailable):
        await database.run(interrupted)
    own_server.start()
    assert await database.read(_count) == 0
    await database.close()


async def test_postgresql_may_end_an_idle_session(postgres_server: PostgresServer) -> None:
    """A session ended by the server while nobody used it is replaced without an error."""
    database = Database.open(postgres_server.create_database())
    ended = await database.run(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar())
    other = Database.open(postgres_server.url())
    await other.run(lambda c: c.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended}))
    assert await database.run(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar()) != ended
    await other.close()
    await database.close()


async def test_a_demoted_postgresql_is_left(postgres_server: PostgresServer) -> None:
    """A session that has become read-only is Unavailable once, and the next transaction has a new session."""
    database = Database.open(postgres_server.create_database())
    await database.run(metadata.create_all)
    demote = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    await database.run(lambda connection: connection.execute(text(demote)))
    with pytest.raises(Unavailable, match="read-only transaction"):
        await database.run(lambda connection: _add(connection, 1))
    assert await database.run(lambda connection: _add(connection, 1)) == 1
    await database.close()


async def test_a_lock_held_by_another_is_unavailable(postgres_server: PostgresServer) -> None:
    """Waiting for a row ends at the time limit, with a sentence instead of a stuck thread."""
    url = postgres_server.create_database()
    first, second = Database.open(url), Database.open(url)
    await first.run(metadata.create_all)
    await first.run(lambda connection: _add(connection, 1))

    def blocked(connection: Connection) -> None:
        connection.execute(text("SET LOCAL lock_timeout = 50"))
        connection.execute(orders.update().values(note="second"))

    def holding(connection: Connection) -> None:
        connection.execute(orders.update().values(note="first"))
        with pytest.raises(Unavailable, match="lock timeout"):
            second.call(blocked)

    await first.run(holding)
    await first.close()
    await second.close()


async def test_a_file_that_was_removed_is_noticed_and_not_made_anew(tmp_path: Path) -> None:
    """Commits to an unlinked file would be lost with the process; an empty new one would look like a new database."""
    path = tmp_path / "stockbot.db"
    database = Database.open(f"sqlite:///{path}")
    await database.run(lambda connection: connection.exec_driver_sql("CREATE TABLE kept (n INTEGER)"))
    path.rename(tmp_path / "moved.db")
    with pytest.raises(Unavailable):
        await database.run(lambda connection: connection.exec_driver_sql("INSERT INTO kept VALUES (1)"))
    assert database.health.failure is not None
    assert not path.exists()
    (tmp_path / "moved.db").rename(path)
    await database.run(lambda connection: connection.exec_driver_sql("INSERT INTO kept VALUES (2)"))
    rows = await database.read(lambda connection: connection.exec_driver_sql("SELECT n FROM kept").scalars().all())
    assert rows == [2]
    await database.close()


async def test_a_restored_file_is_used_at_once(tmp_path: Path) -> None:
    """Another file under the same name is another database: the next transaction is on it."""
    path, backup = tmp_path / "stockbot.db", tmp_path / "backup.db"
    for file, number in ((backup, 1), (path, 2)):
        each = Database.open(f"sqlite:///{file}")
        await each.run(lambda c: c.exec_driver_sql("CREATE TABLE kept (n INTEGER)"))
        await each.run(
            partial(Connection.exec_driver_sql, statement="INSERT INTO kept VALUES (?)", parameters=(number,))
        )
        await each.close()
    database = Database.open(f"sqlite:///{path}")
    await database.read(lambda connection: connection.exec_driver_sql("SELECT n FROM kept"))
    backup.replace(path)
    rows = await database.read(lambda connection: connection.exec_driver_sql("SELECT n FROM kept").scalars().all())
    assert rows == [1]
    await database.close()

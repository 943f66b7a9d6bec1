"""From a database URL to a SQLAlchemy engine with this platform's rules. For `stockbot.runtime.database`.

SQLite: write-ahead log, `synchronous=FULL`, foreign keys, and a transaction that writes takes the write
lock when it begins, so it never fails half way because another process wrote first. PostgreSQL: psycopg 3,
READ COMMITTED, and time limits on everything that could wait for ever.
"""

import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from stockbot.errors import ConfigurationError

RIGHT = "right are sqlite:////absolute/path/stockbot.db and postgresql://user@host/database"
LOCK_SECONDS = 5
LOCK_POLL_SECONDS = 0.0005  # about as long as a commit takes
POSTGRESQL_SESSION = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "statement_timeout": "30s",
    "TimeZone": "UTC",
    "idle_in_transaction_session_timeout": "10s",  # a stopped process must not hold its row locks for ever
}
READ_ONLY_SERVER = "25006"  # SQLSTATE read_only_sql_transaction: this server was demoted to a standby


class Mode(NamedTuple):
    """How a transaction begins: SQLite through these statements, PostgreSQL through `read_only`."""

    begin: str = "BEGIN IMMEDIATE"
    read_only: bool = False
    lock_seconds: int = LOCK_SECONDS
    foreign_keys: bool = True

    @property
    def pragmas(self) -> Mapping[str, int]:
        """A transaction that writes waits for its lock in `_begun`: SQLite itself would soon ask ten times a second."""
        return {
            "query_only": int(self.read_only),
            "busy_timeout": self.lock_seconds * 1000 if self.read_only else 0,
            "foreign_keys": int(self.foreign_keys),
        }


WRITE = Mode()
READ = Mode(begin="BEGIN", read_only=True)
MIGRATE = Mode(lock_seconds=60, foreign_keys=False)  # tables are rebuilt; the migration checks the keys itself


def engine_for(url: str, application_name: str) -> Engine:
    """Make an engine that has not connected yet.

    Raises ConfigurationError for a URL that is not one of the two kinds, a missing driver, or a file of
    SQLite that cannot be made. Messages never contain the URL itself, which may carry a password.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed, application_name)


def place(url: URL) -> str:
    """Say where the database is, for messages: no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{host}{port}/{url.database or ''}"


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # not chained: its text may quote a part of a password
        raise ConfigurationError(f"the database URL cannot be read; {RIGHT}") from None
    backend = parsed.get_backend_name()
    if backend in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigurationError(f"the database URL starts with {backend!r}, which is not supported; {RIGHT}")


def _sqlite(url: URL) -> Engine:
    if url.database is None or not Path(url.database).is_absolute():
        raise ConfigurationError(
            f"the database URL names {url.database or 'no file'!r}, not an absolute path, "
            f"and every service must mean the same file; {RIGHT}"
        )
    _make_private_file(Path(url.database))
    engine = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0)
    event.listen(engine, "do_connect", _open_existing)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", _notice_another_file)
    return engine


def _make_private_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"the database file {path} cannot be written ({error.strerror}); "
            f"make the folder {path.parent} writable for this user, or name another file"
        ) from error


def _open_existing(_dialect: object, _entry: object, arguments: list[str], options: dict[str, object]) -> None:
    """Never make the file here: an empty one in the place of the lost one would look like a new database."""
    arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
    options["uri"] = True


def _notice_another_file(_connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """A file that was removed or replaced goes on taking commits that nobody will ever read: connect anew."""
    if _file_of(entry.info["path"]) != entry.info["file"]:
        raise DisconnectionError(f"{entry.info['path']} was removed or replaced")


def _file_of(path: str) -> tuple[int, int] | None:
    """What tells one file from another under the same name; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - before every transaction, and a Path costs more than the call
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _prepare_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    (_, _, path) = connection.execute("PRAGMA database_list").fetchone()
    entry.info.update(path=path, file=_file_of(path))
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin_sqlite` does
    connection.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")


def _switch_to_wal(connection: DBAPIConnection) -> None:
    """Wait here for processes that start at the same time: for this switch SQLite ignores `busy_timeout`."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def begin(connection: Connection, mode: Mode) -> None:
    """The first step of every transaction; on PostgreSQL the driver takes it.

    Not a listener: an engine that has one asks for listeners at every statement, which costs a fifth of it. And past
    SQLAlchemy's cursors, which cost as much as a small transaction; but errors come out as its own.
    """
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    before = connection.info.get("pragmas", {})
    for name, value in mode.pragmas.items():
        if before.get(name) != value:
            driver.execute(f"PRAGMA {name}={value}")
    connection.info["pragmas"] = mode.pragmas
    if not _begun(driver, mode):
        connection.exec_driver_sql(mode.begin)


def _begun(driver: sqlite3.Connection, mode: Mode) -> bool:
    """Try until nobody else writes; False where something else is wrong, or it took too long."""
    deadline = time.monotonic() + mode.lock_seconds
    while time.monotonic() <= deadline:
        try:
            driver.execute(mode.begin)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return True
    return False


def _postgresql(url: URL, application_name: str) -> Engine:
    session = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SESSION.items())
    arguments = {
        "application_name": application_name,
        "options": session,
        "connect_timeout": LOCK_SECONDS,
        "tcp_user_timeout": 10_000,  # milliseconds: a host that vanished is noticed
        "target_session_attrs": "read-write",
    }
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=arguments,
        )
    except ImportError as error:
        raise ConfigurationError("PostgreSQL needs the driver psycopg: pip install 'psycopg[binary]'") from error
    event.listen(engine, "handle_error", _leave_a_standby)
    return engine


def _leave_a_standby(context: ExceptionContext) -> None:
    """After a failover the old connection stays on the demoted server; drop it."""
    connection = context.connection
    reading = connection is not None and connection.get_execution_options().get("mode") == READ
    if not reading and getattr(context.original_exception, "sqlstate", None) == READ_ONLY_SERVER:
        context.is_disconnect = True

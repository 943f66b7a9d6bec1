"""Alembic without files of configuration: each service migrates its own tables, at start or by `stockbot db`.

A service keeps its scripts in `<package>/migrations/versions/*.py`, and its prefix as `PREFIX` in
`<package>/migrations/__init__.py`. Its revision is kept in the table `<prefix>alembic_version`. All steps
to the head are one transaction, so a failing one leaves the schema as it was, on SQLite too. For that a
script uses `op` alone and never `autocommit_block`. On SQLite foreign keys are off while tables are
rebuilt, and checked before the commit.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from stockbot.errors import ConfigurationError, Conflict
from stockbot.runtime.database import Database
from stockbot.runtime.engine import MIGRATE

_one_at_a_time = threading.Lock()  # Alembic's `op` is one name for the whole process


@dataclass(frozen=True)
class Upgrade:
    """What was done: the revision found, None in an empty database, and the revision left behind."""

    before: str | None
    after: str


async def upgrade(database: Database, package: str, prefix: str) -> Upgrade:
    """Bring one service's tables to the program's head; of many processes at once one does it, the rest wait.

    Raises ConfigurationError where the database was made by a newer program, Conflict where a migration
    broke a foreign key, and Unavailable as every transaction does, also after 60 s of waiting for another's
    migration.
    """
    return await database.run(partial(_upgrade, package=package, prefix=prefix), MIGRATE)


async def current(database: Database, prefix: str) -> str | None:
    """Return the revision of the database; None where nothing was migrated yet."""
    return await database.read(lambda connection: _context(connection, prefix).get_current_revision())


def head(package: str) -> str:
    """Return the newest revision that the program knows."""
    newest = _scripts(package).get_current_head()
    if newest is None:
        raise ConfigurationError(f"{package} has no scripts in {_folder(package) / 'versions'}")
    return newest


def _upgrade(connection: Connection, package: str, prefix: str) -> Upgrade:
    _wait_for_the_others(connection, prefix)
    scripts = _scripts(package)
    before = _context(connection, prefix).get_current_revision()
    _refuse_newer(scripts, before, prefix)
    migration = _context(connection, prefix, _steps(scripts, before))
    with _one_at_a_time, Operations.context(migration):
        migration.run_migrations()
    _check_foreign_keys(connection)
    return Upgrade(before, head(package))


def _wait_for_the_others(connection: Connection, prefix: str) -> None:
    """Hold this service's lock until the transaction ends; on SQLite the transaction's beginning took it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATE.lock_seconds}s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _lock_key(prefix)})


def _lock_key(prefix: str) -> int:
    digest = hashlib.sha256(f"stockbot migrations {prefix}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _refuse_newer(scripts: ScriptDirectory, revision: str | None, prefix: str) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise ConfigurationError(
            f"the tables {prefix}* were made by a newer Stockbot, revision {revision}; "
            f"upgrade the program or restore a backup"
        )


def _steps(scripts: ScriptDirectory, before: str | None) -> list[RevisionStep]:
    pending = scripts.iterate_revisions("head", before, implicit_base=True)
    steps = [RevisionStep(scripts.revision_map, script, is_upgrade=True) for script in pending]
    return steps[::-1]


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise Conflict(f"the migration leaves rows in {broken[0]} that point to no row in {broken[2]}")


def _context(connection: Connection, prefix: str, steps: Sequence[RevisionStep] = ()) -> MigrationContext:
    options = {"version_table": f"{prefix}alembic_version", "fn": lambda _heads, _context: steps}
    return MigrationContext.configure(connection, opts=options)


def _scripts(package: str) -> ScriptDirectory:
    return ScriptDirectory(_folder(package))


def _folder(package: str) -> Path:
    spec = find_spec(f"{package}.migrations")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"{package} has no migrations")
    return Path(spec.submodule_search_locations[0])

"""`stockbot db`: looks after the tables of the services by hand. At start every service does the same by itself."""

import asyncio
import pkgutil
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from sqlalchemy import Connection, MetaData, inspect, select

import stockbot
from stockbot.cli.places import DEFAULT_DATA_DIR, DatabaseUrl, DataDir
from stockbot.errors import ConfigurationError
from stockbot.local.data_folder import DataFolder
from stockbot.runtime import migrations
from stockbot.runtime.database import Database
from stockbot.runtime.migrations import Upgrade
from stockbot.runtime.outbox import begin_incarnation, outbox_tables

app = typer.Typer(help="Look after the tables of the services.", rich_markup_mode=None, no_args_is_help=True)

Services = Annotated[
    list[str] | None, typer.Argument(help="Names, such as risk-guardian. Default: all that have tables.")
]


@app.command()
def upgrade(services: Services = None, database_url: DatabaseUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the tables to what this program needs. Tables of a newer program are an error and stay as they are."""
    _for_each(services, database_url, data_dir, _upgrade)


@app.command()
def current(services: Services = None, database_url: DatabaseUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show the revision of the tables, and the one that this program needs."""
    _for_each(services, database_url, data_dir, _current)


@app.command()
def restored(services: Services = None, database_url: DatabaseUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Say that a backup was restored: run this while all services are stopped, before they start on it.

    Their events go on under a new name, so that no consumer takes them for those that it had before the restore.
    """
    _for_each(services, database_url, data_dir, _restored)


async def _upgrade(database: Database, package: str) -> str:
    return upgraded(await migrations.upgrade(database, package, prefix_of(package)))


async def _current(database: Database, package: str) -> str:
    return compared(await migrations.current(database, prefix_of(package)), migrations.head(package))


async def _restored(database: Database, package: str) -> str:
    begun = await database.run(partial(_begin_again, prefix=prefix_of(package)))
    return f"goes on under a new name: {', '.join(begun)}" if begun else "has told no events"


def _begin_again(connection: Connection, prefix: str) -> list[str]:
    """Begin a new incarnation of each stream and source; their names with the number that comes next."""
    outbox = outbox_tables(MetaData(), prefix)
    if not inspect(connection).has_table(outbox.heads.name):
        return []
    heads = connection.execute(select(outbox.heads.c.stream, outbox.heads.c.source)).all()
    return [
        f"{stream} of {source} from {begin_incarnation(connection, outbox, stream, source, uuid4().hex).sequence + 1}"
        for stream, source in sorted(tuple(row) for row in heads)
    ]


def upgraded(done: Upgrade) -> str:
    if done.before == done.after:
        return f"already at {done.after}"
    return f"made at {done.after}" if done.before is None else f"brought from {done.before} to {done.after}"


def compared(revision: str | None, newest: str) -> str:
    if revision == newest:
        return f"{revision}, the newest"
    return f"{revision or 'no tables yet'}; this program has {newest}: run `stockbot db upgrade`"


def services_with_tables() -> dict[str, str]:
    """The package of every service that has migrations, by the service's name."""
    folders = {name: Path(place) / name for place in stockbot.__path__ for _, name, _ in pkgutil.iter_modules([place])}
    return {
        name.replace("_", "-"): f"stockbot.{name}"
        for name, folder in sorted(folders.items())
        if (folder / "migrations" / "versions").is_dir()
    }


def prefix_of(package: str) -> str:
    """What the names of the service's tables start with."""
    prefix: str = import_module(f"{package}.migrations").PREFIX
    return prefix


def _chosen(names: list[str] | None) -> dict[str, str]:
    known = services_with_tables()
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ConfigurationError(f"no service {', '.join(unknown)} has tables; those that have: {', '.join(known)}")
    return {name: known[name] for name in names or known}


def _for_each(
    names: list[str] | None,
    url: str | None,
    data_dir: Path,
    act: Callable[[Database, str], Coroutine[Any, Any, str]],
) -> None:
    chosen = _chosen(names)
    address = url or DataFolder(data_dir.absolute()).database_url

    async def run() -> None:
        database = Database.open(address)
        try:
            for name, package in chosen.items():
                typer.echo(f"{name}: {await act(database, package)}")
        finally:
            await database.close()

    asyncio.run(run())

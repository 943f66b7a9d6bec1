"""A person's word on a dead letter, said in SQL: `stockbot events dead replay` and `resolve`, also without services."""

import asyncio
import getpass
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, inspect

from stockbot.cli.db import prefix_of, services_with_tables
from stockbot.errors import ConfigurationError
from stockbot.local.data_folder import DataFolder
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import KeptLetter, dead_letter_table, find

Word = Callable[[Connection, Table, str], KeptLetter]


def say(letter_id: str, word: Word, database_url: str | None, data_dir: Path) -> KeptLetter:
    """Say the word about the letter in whichever service's table it is; ConfigurationError where none has it."""
    address = database_url or DataFolder(data_dir.absolute()).database_url

    async def run() -> KeptLetter:
        database = Database.open(address)
        try:
            return await database.run(partial(_say, letter_id, word))
        finally:
            await database.close()

    return asyncio.run(run())


def me() -> str:
    """Who sits at this command line, as the letter names them."""
    return f"{getpass.getuser()} at the command line"


def _say(letter_id: str, word: Word, connection: Connection) -> KeptLetter:
    for table in _tables(connection):
        if find(connection, table, letter_id) is not None:
            return word(connection, table, letter_id)
    raise ConfigurationError(f"no service has put {letter_id} aside: `stockbot events dead list` names the letters")


def _tables(connection: Connection) -> list[Table]:
    """The tables of dead letters that this database has."""
    tables = [dead_letter_table(MetaData(), prefix_of(package)) for package in services_with_tables().values()]
    return [table for table in tables if inspect(connection).has_table(table.name)]

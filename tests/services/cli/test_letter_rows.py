"""`stockbot events dead replay` and `resolve`, on both databases and without any bus."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, MetaData
from typer.testing import CliRunner, Result

from stockbot.cli.app import app
from stockbot.events.streams import ORDERS
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import DeadLetter, KeptLetter, dead_letter_table, find, put_aside
from stockbot.testing.clock import START

T = TypeVar("T")
METADATA = MetaData()
RISK, PORTFOLIO = (dead_letter_table(METADATA, prefix) for prefix in ("risk_", "portfolio_"))
LETTER = "portfolio-manager/execution-engine/0/1.a/7"


@pytest.fixture
def database_address(database_url: str) -> str:
    """A database of two services; the second has put one event aside."""

    def make(connection: Connection) -> None:
        METADATA.create_all(connection)
        put_aside(connection, PORTFOLIO, [DeadLetter(LETTER, ORDERS, "portfolio-manager", "?", b"{}", START)])

    in_database(database_url, make)
    return database_url


def in_database(url: str, do: Callable[[Connection], T]) -> T:
    async def run() -> T:
        database = Database.open(url)
        try:
            return await database.run(do)
        finally:
            await database.close()

    return asyncio.run(run())


def say(address: str, word: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["events", "dead", word, *arguments, "--database-url", address])


def letter(address: str) -> KeptLetter:
    found = in_database(address, partial(find, table=PORTFOLIO, letter_id=LETTER))
    assert found is not None
    return found


def test_a_replay_is_asked_for(database_address: str) -> None:
    """Whichever service has the letter finds it asked for, with who and why."""
    answer = say(database_address, "replay", LETTER, "--because", "account opened")
    assert (answer.exit_code, answer.output) == (
        0,
        "portfolio-manager takes it in again within seconds, once it runs\n",
    )
    kept = letter(database_address)
    assert (kept.resolution or "").startswith("replay asked by ")
    assert (kept.resolution or "").endswith(" at the command line: account opened")
    assert kept.resolved_at is None


def test_a_letter_is_resolved_once(database_address: str) -> None:
    """It is over, and a second word is told what was said before."""
    arguments = [LETTER, "--because", "booked by hand"]
    assert say(database_address, "resolve", *arguments).output == "portfolio-manager passes it over for good\n"
    assert letter(database_address).resolved_at is not None
    again = say(database_address, "replay", *arguments)
    assert again.exit_code == 1
    assert "is over since" in again.stderr
    assert "booked by hand" in again.stderr


@pytest.mark.parametrize("word", ["replay", "resolve"])
def test_an_unknown_letter_and_no_reason_are_refused(database_address: str, word: str) -> None:
    """Each in a line that says what would be right, and nothing is written."""
    unknown = say(database_address, word, "nowhere/1", "--because", "x")
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        "stockbot: no service has put nowhere/1 aside: `stockbot events dead list` names the letters\n",
    )
    assert say(database_address, word, LETTER).exit_code == 2
    blank = say(database_address, word, LETTER, "--because", " ")
    assert (blank.exit_code, "needs a reason" in blank.stderr) == (2, True)
    assert letter(database_address).resolution is None


def test_a_folder_without_a_platform_is_told(tmp_path: Path) -> None:
    """Where no database can be, the error names the folder."""
    arguments = ["events", "dead", "resolve", "x", "--because", "y", "--data-dir", str(tmp_path / "none")]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 2
    assert "make the folder" in answer.stderr

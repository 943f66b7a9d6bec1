"""A person's word on dead letters, as rows of both databases."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import MetaData

from stockbot.errors import ConfigurationError, Conflict
from stockbot.events.streams import ORDERS
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import (
    DeadLetter,
    ask_for_replay,
    dead_letter_table,
    find,
    listed,
    put_aside,
    resolve,
)
from stockbot.testing.clock import START

METADATA = MetaData()
LETTERS = dead_letter_table(METADATA, "test_")
BY_ANNA: dict[str, Any] = {"table": LETTERS, "who": "anna", "why": "booked by hand"}


@pytest.fixture
async def letters(database: Database) -> Database:
    """Three letters of one second, one of the second before, and one of no stream."""
    await database.run(METADATA.create_all)
    kept = [DeadLetter(name, ORDERS, "risk-guardian", "?", b"{", START) for name in "abc"]
    kept.append(DeadLetter("old", ORDERS, "risk-guardian", "?", b"{", START - timedelta(seconds=1)))
    kept.append(DeadLetter("activity", "execution_activities", "portfolio-manager", "?", b"{", START))
    await database.run(partial(put_aside, table=LETTERS, letters=kept))
    return database


async def names(database: Database, **wanted: Any) -> list[str]:
    usual: dict[str, Any] = {"table": LETTERS, "resolved": False, "after": None, "limit": 10}
    return [letter.letter_id for letter in await database.read(partial(listed, **usual | wanted))]


async def test_the_newest_is_first_and_pages_follow(letters: Database) -> None:
    """Letters of one moment go by their ids, so that no page repeats or leaves out one."""
    assert await names(letters) == ["c", "b", "activity", "a", "old"]
    assert await names(letters, limit=1) == ["c", "b"]
    assert await names(letters, after=(START, "b")) == ["activity", "a", "old"]


async def test_a_resolved_letter_is_over(letters: Database) -> None:
    """It is kept with who, when and why, leaves the open ones, and takes no second word."""
    ended = await letters.run(partial(resolve, letter_id="b", now=START, **BY_ANNA))
    assert (ended.resolved_at, ended.resolution) == (START, "resolved by anna: booked by hand")
    assert await letters.read(partial(find, table=LETTERS, letter_id="b")) == ended
    assert await names(letters, resolved=True) == ["b"]
    assert "b" not in await names(letters)
    assert len(await names(letters, resolved=None)) == 5
    for again in (partial(resolve, now=START), ask_for_replay):
        with pytest.raises(Conflict, match=r"letter b is over since .* resolved by anna"):
            await letters.run(partial(again, letter_id="b", **BY_ANNA))


async def test_an_unknown_letter_and_no_reason_are_refused(letters: Database) -> None:
    """Both say what is wrong, and nothing is written."""
    with pytest.raises(ConfigurationError, match="no dead letter z in test_dead_letters"):
        await letters.run(partial(ask_for_replay, letter_id="z", **BY_ANNA))
    with pytest.raises(ConfigurationError, match="needs a reason"):
        await letters.run(partial(ask_for_replay, table=LETTERS, letter_id="a", who="anna", why="  "))
    found = await letters.read(partial(find, table=LETTERS, letter_id="a"))
    assert found is not None
    assert found.resolution is None


async def test_what_came_from_no_stream_cannot_be_replayed(letters: Database) -> None:
    """No worker would ever take it in: a person does it by hand, and resolves it."""
    with pytest.raises(Conflict, match="no stream of events"):
        await letters.run(partial(ask_for_replay, letter_id="activity", **BY_ANNA))
    await letters.run(partial(resolve, letter_id="activity", now=START, **BY_ANNA))

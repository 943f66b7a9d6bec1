"""The inbox tells fresh from repeated and early events, and keeps what it knows in the transaction of the effect."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import MetaData

from stockbot.runtime import inbox
from stockbot.runtime.database import Database
from stockbot.runtime.headers import Header
from stockbot.runtime.inbox import Intake, Verdict
from stockbot.testing.clock import START

SOURCE = "execution-engine/0"


def header(sequence: int, incarnation: str = "1.a") -> Header:
    return Header(source=SOURCE, sequence=sequence, incarnation=incarnation)


@given(st.lists(st.integers(min_value=1, max_value=30)))
def test_whatever_the_order_the_fresh_ones_are_one_two_three(arrivals: list[int]) -> None:
    """However events are repeated and shuffled, those taken in are the sequence without gap or repetition."""
    intake = Intake({})
    taken = [n for n in arrivals if intake.judge(header(n)) is Verdict.FRESH]
    assert taken == list(range(1, len(taken) + 1))


@given(st.lists(st.integers(min_value=1, max_value=12), min_size=1))
def test_sent_again_from_where_the_intake_stands_everything_arrives(arrivals: list[int]) -> None:
    """An early event only has to be followed by what comes after `stands_at`, and nothing is missing."""
    intake = Intake({})
    for n in arrivals:
        if intake.judge(header(n)) is Verdict.EARLY:
            again = range(intake.stands_at(header(n).source, header(n).incarnation) + 1, n + 1)
            assert all(intake.judge(header(m)) is Verdict.FRESH for m in again)
    assert intake.last.get((SOURCE, "1.a"), 0) == max(arrivals) or max(arrivals) > len(set(arrivals))


def test_a_new_incarnation_begins_where_its_name_says() -> None:
    """After a restore numbers go on under a new name; the first of it is fresh, a later one is early."""
    intake = Intake({(SOURCE, "1.a"): 100})
    assert intake.judge(header(82, "81.b")) is Verdict.EARLY
    assert intake.judge(header(81, "81.b")) is Verdict.FRESH
    assert intake.judge(header(100, "1.a")) is Verdict.DUPLICATE


def test_what_can_no_longer_be_sent_is_passed_over() -> None:
    """Behind a floor the source has nothing any more: the floor itself is the next one."""
    intake = Intake({(SOURCE, "1.a"): 10}, floors={(SOURCE, "1.a"): 50})
    assert intake.judge(header(49)) is Verdict.DUPLICATE
    assert intake.judge(header(50)) is Verdict.FRESH
    assert intake.judge(header(51)) is Verdict.FRESH


async def test_the_numbers_survive_in_sql(database: Database) -> None:
    """What one batch stored, the next one loads, for its own stream and consumer only."""
    metadata = MetaData()
    table = inbox.inbox_table(metadata, "test_")
    await database.run(metadata.create_all)
    for last in (1, 2):
        intake = Intake({(SOURCE, "1.a"): last - 1})
        intake.judge(header(last))
        await database.run(lambda c, i=intake: inbox.store(c, table, "orders", "portfolio", i, START))  # type: ignore[misc]
    assert await database.run(lambda c: inbox.load(c, table, "orders", "portfolio")) == {(SOURCE, "1.a"): 2}
    assert await database.run(lambda c: inbox.load(c, table, "orders", "risk")) == {}

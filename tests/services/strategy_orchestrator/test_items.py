"""A strategy whose symbols are on two shards, as the first of them shows it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import InvalidRequestError
from tests.services.strategy_orchestrator.world import TREND

from stockbot.model.sharding import shard_of
from stockbot.model.strategies.lifecycle import Life, State
from stockbot.runtime.bus import BroadcastReader, Bus, ShardNotes
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.calendars import Calendars
from stockbot.strategy_orchestrator.items import Known, RunItem, Runs, detail_of, item_of, runs_of
from stockbot.strategy_orchestrator.ledger import Ledger
from stockbot.strategy_orchestrator.own_strategies import OwnStrategies
from stockbot.strategy_orchestrator.register import Standing
from stockbot.strategy_orchestrator.roster import Roster
from stockbot.strategy_orchestrator.service import Orchestrator
from stockbot.strategy_orchestrator.strategy_thread import StrategyThread
from stockbot.strategy_orchestrator.tables import OUTBOX
from stockbot.strategy_orchestrator.telling import Telling
from stockbot.testing.clock import START, FixedClock

TWO = 2
SYMBOLS = ("AAPL", "IBM", "MSFT", "XOM")


class Nowhere:
    """A database that nobody asks here."""

    async def run(self, fn: object) -> Any:
        raise InvalidRequestError("nobody asks for it")

    read = run


def shard(bus: Bus, number: int, of: int = TWO) -> Orchestrator:
    """A shard whose strategy has been started."""
    spec = Strategy.model_validate(TREND | {"symbols": SYMBOLS})
    roster = Roster(account="paper", shard=Shard(number, of))
    roster.open([spec], OwnStrategies(), [], {}, START)
    roster.obey({}, START)
    return Orchestrator(
        specs=[spec],
        folder=None,
        account="paper",
        roster=roster,
        watches={},
        calendars=Calendars(bus),
        thread=StrategyThread(bus.clock),
        storage=Nowhere(),
        ledger=Ledger(Writer(OUTBOX, f"strategy-orchestrator/{number}")),
        bus=bus,
        reader=BroadcastReader(bus, []),
        committed=lambda: None,
    )


def standing(number: int, state: State) -> Standing:
    life = Life(state=state, reason=f"because {number}")
    return Standing(strategy="trend", shard=number, life=life, since=START, digest="", obeyed=0)


def known(*standings: Standing) -> Known:
    return Known(requests={}, standings=standings, last_signals={})


@pytest.fixture
async def two(bus_url: str) -> AsyncIterator[Sequence[Orchestrator]]:
    """Both shards, each with its own connection to one bus."""
    clock = FixedClock()
    buses = [Bus(bus_url, clock=clock, metrics=Metrics(CollectorRegistry())) for _ in range(TWO)]
    shards = [shard(bus, number) for number, bus in enumerate(buses)]
    yield shards
    for each in shards:
        await each.thread.close()
        await each.bus.close()


async def test_the_worst_of_all_shards_counts(two: Sequence[Orchestrator]) -> None:
    """A strategy runs once every shard says so; one that has not said anything yet has not loaded it."""
    loading = item_of(two[0], known(standing(0, State.RUNNING)), "trend")
    assert (loading.state, loading.reason) == (State.STOPPED, "the service has not loaded it yet")
    running = item_of(two[0], known(standing(0, State.RUNNING), standing(1, State.RUNNING)), "trend")
    assert (running.state, [each.shard for each in running.shards]) == (State.RUNNING, [0, 1])
    failed = item_of(two[0], known(standing(0, State.RUNNING), standing(1, State.FAILED)), "trend")
    assert (failed.state, failed.reason) == (State.FAILED, "because 1")


async def test_a_shard_of_before_does_not_count(two: Sequence[Orchestrator]) -> None:
    """Where there were three shards once, the row of the third is nobody's."""
    item = item_of(two[0], known(*(standing(n, State.RUNNING) for n in range(2)), standing(2, State.FAILED)), "trend")
    assert (item.state, len(item.shards)) == (State.RUNNING, 2)


async def test_symbols_of_all_shards_are_shown(two: Sequence[Orchestrator]) -> None:
    """Each of the two tells the other of its own symbols, and both show the same."""
    notes = [
        ShardNotes(each.bus, Runs, source=f"strategy-orchestrator/{number}", shards=TWO, lifetime=15)
        for number, each in enumerate(two)
    ]
    for each, note in zip(two, notes, strict=True):
        await Telling(each, note, each.bus).step()
    shown = [detail_of(each, known(), "trend", await note.of_others()) for each, note in zip(two, notes, strict=True)]
    assert {shard_of(symbol, TWO) for symbol in SYMBOLS} == {0, 1}
    assert [run.symbol for run in shown[0].runs] == list(SYMBOLS)
    assert shown[0].runs == shown[1].runs


async def test_a_silent_shard_is_named(two: Sequence[Orchestrator]) -> None:
    """Its symbols are shown with what is not known of them; a stopped strategy of a shard that speaks has none."""
    silent = detail_of(two[0], known(), "trend", {1: None})
    problems = {run.symbol: run.problem for run in silent.runs if shard_of(run.symbol, TWO) == 1}
    assert set(problems.values()) == {"shard 1, which has it, does not say how it fares"}
    assert [run.symbol for run in silent.runs] == list(SYMBOLS)
    stopped = detail_of(two[0], known(), "trend", {1: {"trend": []}})
    assert stopped.runs == runs_of(two[0])["trend"]
    assert all(isinstance(run, RunItem) for run in stopped.runs)

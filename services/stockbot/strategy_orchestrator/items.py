"""A strategy as the API shows it, out of the document, SQL and what each shard knows of its runs. Pure.

Whichever shard is asked, it shows the strategy on all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from stockbot.model.strategies.catalogue import describe
from stockbot.model.strategies.lifecycle import State
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator.desk import Desk
from stockbot.strategy_orchestrator.register import Desire, Request, Standing, desired
from stockbot.strategy_orchestrator.service import Orchestrator
from stockbot.strategy_orchestrator.store import SignalItem

WORST_FIRST = (State.FAILED, State.WARMING, State.STOPPED, State.PAUSED, State.RUNNING)


LOADING = "the service has not loaded it yet"


class Known(Struct, frozen=True):
    """What SQL says."""

    requests: dict[str, Request]
    standings: Sequence[Standing]
    last_signals: dict[str, SignalItem]


class ShardItem(Struct, frozen=True):
    shard: int
    state: State
    reason: str
    since: datetime | None


class RunItem(Struct, frozen=True):
    """One symbol, as its own shard knows it: how many bars it has seen of those it needs, what stands in its way."""

    symbol: str
    bars: int
    warmup: int
    problem: str
    withheld: str  # why the last wish led to no signal


Runs = dict[str, list[RunItem]]  # of every strategy, as one shard says it


class StrategyItem(Struct, frozen=True, kw_only=True):
    """`state` is the worst of all shards; `desired` is what the document and people want."""

    id: str
    strategy_class: str = msgspec.field(name="class")
    version: str | None
    symbols: tuple[str, ...]
    interval: str
    sessions: str
    sizing: dict[str, Any]
    parameters: dict[str, Any]
    enabled: bool
    desired: Desire
    changed_by: str | None
    changed_at: datetime | None
    changed_because: str | None
    state: State
    reason: str
    since: datetime | None
    shards: Sequence[ShardItem]
    last_signal: SignalItem | None


class StrategyDetail(StrategyItem, frozen=True, kw_only=True):
    """`schema` is the JSON schema of the parameters; None where the class could not be loaded."""

    text: str
    schema: dict[str, Any] | None
    runs: Sequence[RunItem]


def item_of(orchestrator: Orchestrator, known: Known, name: str) -> StrategyItem:
    return StrategyItem(**_fields(orchestrator, known, name))


def detail_of(orchestrator: Orchestrator, known: Known, name: str, others: Mapping[int, Runs | None]) -> StrategyDetail:
    """The strategy with its runs: those of this shard, and what each of the others says of its own."""
    member = orchestrator.roster.members.get(name)
    description = describe(member.assignment.kind) if member is not None and member.assignment is not None else None
    return StrategyDetail(
        **_fields(orchestrator, known, name),
        text=description.text if description is not None else "",
        schema=description.parameters if description is not None else None,
        runs=_all_runs(orchestrator, name, others),
    )


def runs_of(orchestrator: Orchestrator) -> Runs:
    """What this shard tells the others: every symbol that a strategy trades here now."""
    return {name: [_run(desk) for desk in member.desks] for name, member in orchestrator.roster.members.items()}


def _all_runs(orchestrator: Orchestrator, name: str, others: Mapping[int, Runs | None]) -> list[RunItem]:
    """In the order of the document; a symbol whose shard says nothing is shown with that as its problem."""
    shard, spec = orchestrator.roster.shard, _spec(orchestrator, name)
    said = {shard.number: runs_of(orchestrator), **others}
    found = {run.symbol: run for runs in said.values() if runs is not None for run in runs.get(name, ())}
    silent = {number for number, runs in said.items() if runs is None}
    missing = {symbol: owner for symbol in spec.symbols if (owner := shard.owner_of(symbol)) in silent}
    found |= {symbol: _unknown(symbol, owner) for symbol, owner in missing.items()}
    return [found[symbol] for symbol in spec.symbols if symbol in found]


def _unknown(symbol: str, shard: int) -> RunItem:
    return RunItem(symbol, 0, 0, f"shard {shard}, which has it, does not say how it fares", "")


def _spec(orchestrator: Orchestrator, name: str) -> Strategy:
    return next(spec for spec in orchestrator.specs if spec.name == name)


def _fields(orchestrator: Orchestrator, known: Known, name: str) -> dict[str, Any]:
    spec = _spec(orchestrator, name)
    member = orchestrator.roster.members.get(name)
    assignment = member.assignment if member is not None else None
    return {
        "id": name,
        "strategy_class": spec.class_name,
        "version": assignment.kind.version if assignment is not None else None,
        "parameters": msgspec.to_builtins(assignment.parameters) if assignment is not None else dict(spec.parameters),
        "last_signal": known.last_signals.get(name),
        **_declared(spec),
        **_wanted(spec, known.requests.get(name)),
        **_standing(_on_each_shard(orchestrator, known.standings, name)),
    }


def _declared(spec: Strategy) -> dict[str, Any]:
    return {
        "symbols": spec.symbols,
        "interval": str(spec.interval),
        "sessions": str(spec.schedule.sessions),
        "sizing": spec.sizing.model_dump(mode="json", by_alias=True, exclude_none=True),
        "enabled": spec.enabled,
    }


def _wanted(spec: Strategy, request: Request | None) -> dict[str, Any]:
    wish, number = desired(spec.enabled, request)
    counts = request if number else None
    return {
        "desired": wish,
        "changed_by": counts.who if counts is not None else None,
        "changed_at": counts.changed_at if counts is not None else None,
        "changed_because": counts.why if counts is not None else None,
    }


def _on_each_shard(orchestrator: Orchestrator, standings: Sequence[Standing], name: str) -> list[ShardItem]:
    """How the strategy fares on every shard there is; what stands in SQL of a shard of before is passed over."""
    kept = {each.shard: each for each in standings if each.strategy == name}
    return [_shard(number, kept.get(number)) for number in range(orchestrator.roster.shard.of)]


def _shard(number: int, standing: Standing | None) -> ShardItem:
    if standing is None:
        return ShardItem(number, State.STOPPED, LOADING, None)
    return ShardItem(number, standing.life.state, standing.life.reason, standing.since)


def _standing(shards: Sequence[ShardItem]) -> dict[str, Any]:
    worst = min(shards, key=lambda each: WORST_FIRST.index(each.state))
    return {"state": worst.state, "reason": worst.reason, "since": worst.since, "shards": shards}


def _run(desk: Desk) -> RunItem:
    bars, warmup = (desk.run.bars, desk.run.warmup) if desk.run is not None else (0, 0)
    return RunItem(desk.symbol, bars, warmup, desk.problem, desk.withheld)

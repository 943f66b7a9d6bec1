"""A strategy as the API shows it, out of the document, SQL and what this process knows of its runs. Pure."""

from collections.abc import Sequence
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


class Known(Struct, frozen=True):
    """What SQL says."""

    requests: dict[str, Request]
    standings: Sequence[Standing]
    last_signals: dict[str, SignalItem]


class ShardItem(Struct, frozen=True):
    shard: int
    state: State
    reason: str
    since: datetime


class RunItem(Struct, frozen=True):
    """One symbol on the shard that answers: how many bars it has seen of those it needs, and what stands in its way."""

    symbol: str
    bars: int
    warmup: int
    problem: str
    withheld: str  # why the last wish led to no signal


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


def detail_of(orchestrator: Orchestrator, known: Known, name: str) -> StrategyDetail:
    member = orchestrator.roster.members.get(name)
    description = describe(member.assignment.kind) if member is not None and member.assignment is not None else None
    return StrategyDetail(
        **_fields(orchestrator, known, name),
        text=description.text if description is not None else "",
        schema=description.parameters if description is not None else None,
        runs=[_run(desk) for desk in member.desks] if member is not None else [],
    )


def _fields(orchestrator: Orchestrator, known: Known, name: str) -> dict[str, Any]:
    spec = next(spec for spec in orchestrator.specs if spec.name == name)
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
        **_standing([each for each in known.standings if each.strategy == name]),
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


def _standing(standings: Sequence[Standing]) -> dict[str, Any]:
    worst = min(standings, key=lambda each: WORST_FIRST.index(each.life.state), default=None)
    return {
        "state": worst.life.state if worst is not None else State.STOPPED,
        "reason": worst.life.reason if worst is not None else "the service has not loaded it yet",
        "since": worst.since if worst is not None else None,
        "shards": [ShardItem(each.shard, each.life.state, each.life.reason, each.since) for each in standings],
    }


def _run(desk: Desk) -> RunItem:
    bars, warmup = (desk.run.bars, desk.run.warmup) if desk.run is not None else (0, 0)
    return RunItem(desk.symbol, bars, warmup, desk.problem, desk.withheld)

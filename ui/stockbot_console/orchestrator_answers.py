"""What the Strategy Orchestrator's API answers, decoded at this edge. Used by client, state and the view models."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from stockbot.events.trading import Signal

LifeState = Literal["WARMING", "RUNNING", "PAUSED", "STOPPED", "FAILED"]
Desire = Literal["running", "paused", "stopped"]


class SignalEntry(Struct, frozen=True, kw_only=True):
    """A signal and when it was made, UTC."""

    id: str
    correlationid: str
    made_at: datetime
    signal: Signal


class ShardState(Struct, frozen=True, kw_only=True):
    """How a strategy fares on one shard, and since when."""

    shard: int
    state: LifeState
    reason: str


class Strategy(Struct, frozen=True, kw_only=True):
    """One instance. `state` is the worst of all shards; `desired` is what the document and people want."""

    id: str
    strategy_class: str = msgspec.field(name="class")
    version: str | None
    symbols: tuple[str, ...]
    interval: str
    sessions: str
    sizing: dict[str, Any]
    parameters: dict[str, Any]
    desired: Desire
    changed_by: str | None
    changed_at: datetime | None
    changed_because: str | None
    state: LifeState
    reason: str
    since: datetime | None
    shards: tuple[ShardState, ...] = ()
    last_signal: SignalEntry | None = None


class SymbolRun(Struct, frozen=True, kw_only=True):
    """One symbol: bars seen of those needed, what stands in the way, why the last wish led to no signal."""

    symbol: str
    bars: int
    warmup: int
    problem: str
    withheld: str


class StrategyDetail(Strategy, frozen=True, kw_only=True):
    """`text` is what the class says of itself."""

    text: str
    runs: tuple[SymbolRun, ...]

"""How every provider fares at all shards, out of what each shard says of it. Pure; used by the gateway's API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stockbot.model.provider_choice import Condition

WORST_FIRST = (Condition.DOWN, Condition.DEGRADED, Condition.HEALTHY)
SILENT = "unknown"
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowHealth:
    limit: int
    used: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetHealth:
    per_minute: WindowHealth | None
    per_day: WindowHealth | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardHealth:
    """How a provider fares at one shard; `state` is unknown, and the rest empty, where that shard says nothing."""

    shard: int
    state: str = SILENT
    breaker: str | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderHealth:
    """One item of GET /api/v1/providers. `last_error` holds no secret.

    Of several shards, which share the budget, `state` and `breaker` are the worst, the times and the error the last
    ones; `shards` has each of them.
    """

    name: str
    type: str
    simulated: bool
    label: str
    state: str  # healthy, degraded or down
    breaker: str  # closed, open or half-open
    last_success: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    budget: BudgetHealth
    symbol_sets: tuple[str, ...]
    shards: tuple[ShardHealth, ...] = ()


Healths = tuple[ProviderHealth, ...]  # of all providers, as one shard says it


def of_all_shards(shard: int, own: Healths, others: Mapping[int, Healths | None]) -> Healths:
    """What `shard` says of its own, together with what the others say; unchanged where there are none."""
    said = dict(sorted({shard: own, **others}.items()))
    return tuple(_together(each, said) for each in own) if others else own


def _together(own: ProviderHealth, said: Mapping[int, Healths | None]) -> ProviderHealth:
    by_shard = {shard: _named(own.name, healths or ()) for shard, healths in said.items()}
    known = [health for health in by_shard.values() if health is not None]
    worst = min(known, key=lambda health: WORST_FIRST.index(Condition(health.state)))
    failed = max(known, key=lambda health: health.last_error_at or NEVER)
    return replace(
        own,
        state=worst.state,
        breaker=worst.breaker,
        last_success=max((each.last_success for each in known if each.last_success), default=None),
        last_error=failed.last_error,
        last_error_at=failed.last_error_at,
        shards=tuple(_at(shard, health) for shard, health in by_shard.items()),
    )


def _named(name: str, healths: Sequence[ProviderHealth]) -> ProviderHealth | None:
    return next((health for health in healths if health.name == name), None)


def _at(shard: int, health: ProviderHealth | None) -> ShardHealth:
    if health is None:
        return ShardHealth(shard=shard)
    return ShardHealth(
        shard=shard,
        state=health.state,
        breaker=health.breaker,
        last_success=health.last_success,
        last_error=health.last_error,
        last_error_at=health.last_error_at,
    )

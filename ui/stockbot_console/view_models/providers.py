"""The card of one provider: state, breaker, what is left of its budgets, last success, last error."""

from datetime import datetime, tzinfo

from msgspec import Struct

from stockbot_console.answers import Allowance, Provider, ShardHealth
from stockbot_console.view_models.gauges import SCARCE, Gauge
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.moments import Moment, moment

LEVELS = {"healthy": Level.GOOD, "degraded": Level.WARNING, "down": Level.BAD}
BREAKERS = {
    "closed": "closed, requests pass",
    "half-open": "half-open, one request tries",
    "open": "open, requests are held back",
}


class ProviderCard(Struct, frozen=True, kw_only=True):
    name: str
    label: str
    simulated: bool
    level: Level
    state: str
    breaker: str
    gauges: tuple[Gauge, ...]
    succeeded: Moment | None
    error: str | None
    failed: Moment | None
    symbol_sets: str
    shards: tuple[str, ...]


def provider_card(provider: Provider, zone: tzinfo) -> ProviderCard:
    return ProviderCard(
        name=provider.name,
        label=provider.label,
        simulated=provider.simulated,
        level=LEVELS[provider.state],
        state=provider.state,
        breaker=BREAKERS[provider.breaker],
        gauges=(_gauge("Per minute", provider.budget.per_minute), _gauge("Per day", provider.budget.per_day)),
        succeeded=_moment(provider.last_success, zone),
        error=provider.last_error,
        failed=_moment(provider.last_error_at, zone),
        symbol_sets=", ".join(provider.symbol_sets) or "none: this provider is not asked",
        shards=_shards(provider),
    )


def _shards(provider: Provider) -> tuple[str, ...]:
    """Each shard's state, where they differ."""
    if len({one.state for one in provider.shards}) < 2:  # noqa: PLR2004 - two make a difference
        return ()
    return tuple(map(_shard_text, provider.shards))


def _shard_text(one: ShardHealth) -> str:
    if one.state == "unknown":
        return f"shard {one.shard} says nothing"
    return f"shard {one.shard}: {one.state}" + (f", {one.last_error}" if one.last_error else "")


def _gauge(title: str, allowance: Allowance | None) -> Gauge:
    if allowance is None:
        return Gauge(title=title, text="no limit", share=None, level=Level.GOOD)
    left = max(0, allowance.limit - allowance.used)
    share = min(1.0, allowance.used / allowance.limit) if allowance.limit else 1.0
    level = Level.BAD if not left else Level.WARNING if share >= SCARCE else Level.GOOD
    return Gauge(
        title=title,
        text=f"{allowance.used:,} used, {left:,} of {allowance.limit:,} left",
        share=share,
        level=level,
    )


def _moment(at: datetime | None, zone: tzinfo) -> Moment | None:
    return None if at is None else moment(at, zone)

"""What the gateway shows at /metrics of its prices."""

from datetime import timedelta

from prometheus_client import CollectorRegistry
from tests.services.market_data_gateway.test_service import Parts, beat, trade

from stockbot.market_data_gateway.series import Series


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"stockbot_{name}", labels)


async def test_symbols_are_fresh_or_stale(parts: Parts) -> None:
    """Both symbols are fresh after a beat; once the provider has been silent for long, both are stale."""
    registry = CollectorRegistry()
    parts.gateway.series = Series(registry, shard=0, interval_seconds=5.0)
    trade(parts)
    await beat(parts)
    assert sample(registry, "symbols", symbol_set="stocks", freshness="fresh") == 2
    assert sample(registry, "symbols", symbol_set="stocks", freshness="stale") == 0
    parts.clock.advance(timedelta(minutes=5).total_seconds())
    parts.provider.answers.clear()
    await beat(parts)
    assert sample(registry, "symbols", symbol_set="stocks", freshness="stale") == 2


async def test_a_tick_is_stamped_when_the_bus_has_it(parts: Parts) -> None:
    """The last tick's time, its interval and the provider's last answer are there after a beat."""
    registry = CollectorRegistry()
    parts.gateway.series = Series(registry, shard=0, interval_seconds=5.0)
    trade(parts)
    await beat(parts)
    now = parts.clock.now().timestamp()
    assert sample(registry, "tick_timestamp_seconds", shard="0") == now
    assert sample(registry, "tick_interval_seconds", shard="0") == 5
    assert sample(registry, "provider_down", provider="scripted") == 0
    assert sample(registry, "provider_success_timestamp_seconds", provider="scripted") == now

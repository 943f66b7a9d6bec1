"""What the Portfolio Manager counts at /metrics."""

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest
from tests.services.portfolio_manager.conftest import accepted, fill

from stockbot.portfolio_manager.series import Series
from stockbot.testing.clock import START


def test_a_batch_that_is_tried_again_counts_once() -> None:
    """Updates count when they are committed, however often their transaction was begun."""
    registry = CollectorRegistry()
    series = Series(registry)
    updates = [accepted(1), fill(2, "10", "100")]
    series.note(updates, START)
    assert registry.get_sample_value("stockbot_order_updates_total", {"state": "ACCEPTED"}) == 0
    series.note(updates, START)
    series.count()
    series.count()
    assert registry.get_sample_value("stockbot_order_updates_total", {"state": "ACCEPTED"}) == 1
    assert registry.get_sample_value("stockbot_booking_seconds_count") == 2


def test_a_bucket_leads_to_the_chain() -> None:
    """Prometheus gets the correlation id of an update in the bucket that it fell into."""
    registry = CollectorRegistry()
    series = Series(registry)
    update = accepted(1)
    series.note([update], START)
    series.count()
    page = generate_latest(registry).decode()  # type: ignore[no-untyped-call]
    assert f'# {{correlationid="{update.correlationid}"}}' in page

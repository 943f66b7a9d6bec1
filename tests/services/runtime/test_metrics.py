"""The numbers at /metrics carry their promised names."""

from prometheus_client import CollectorRegistry, generate_latest

from stockbot import __version__
from stockbot.runtime.health import Readiness
from stockbot.runtime.metrics import LONGEST_EXEMPLAR, Metrics, exemplar_of
from stockbot.runtime.readiness_series import ReadinessSeries


def test_shows_the_promised_series() -> None:
    """Each series that dashboards and alerts ask for is there with its labels."""
    metrics = Metrics(CollectorRegistry())
    metrics.events.labels("in", "MARKET_DATA", "handled").inc()
    metrics.handling_seconds.labels("stockbot:orders").observe(0.002)
    metrics.stream_lag.labels("stockbot:orders").set(3)
    metrics.stream_pending.labels("stockbot:orders", "portfolio-manager").set(1)
    metrics.oldest_unacknowledged_seconds.labels("stockbot:orders", "portfolio-manager").set(2)
    metrics.dead_letters.labels("stockbot:orders").inc()
    metrics.bus_reconnects.inc()
    metrics.broadcast_gaps.labels("stockbot:market-data:0").inc(4)
    metrics.loop_failures.labels("relay").inc()
    metrics.http_requests.labels("GET", "/api/v1/quotes", "200").inc()
    metrics.http_seconds.labels("/api/v1/quotes", "200").observe(0.01)
    metrics.name_build("market-data-gateway")
    page = generate_latest(metrics.registry).decode()
    for series in (
        'stockbot_events_total{direction="in",result="handled",type="MARKET_DATA"} 1.0',
        'stockbot_handling_seconds_count{stream="stockbot:orders"} 1.0',
        'stockbot_stream_lag{stream="stockbot:orders"} 3.0',
        'stockbot_stream_pending{group="portfolio-manager",stream="stockbot:orders"} 1.0',
        'stockbot_oldest_unacknowledged_seconds{group="portfolio-manager",stream="stockbot:orders"} 2.0',
        'stockbot_dead_letters_total{stream="stockbot:orders"} 1.0',
        "stockbot_bus_reconnects_total 1.0",
        'stockbot_broadcast_gaps_total{stream="stockbot:market-data:0"} 4.0',
        'stockbot_loop_failures_total{loop="relay"} 1.0',
        'stockbot_http_requests_total{method="GET",route="/api/v1/quotes",status="200"} 1.0',
        'stockbot_http_seconds_count{route="/api/v1/quotes",status="200"} 1.0',
        f'stockbot_build_info{{service="market-data-gateway",version="{__version__}"}} 1.0',
        "process_resident_memory_bytes",
    ):
        assert series in page
    assert "_created" not in page


def test_programs_do_not_share_their_numbers() -> None:
    """Two programs in one process count apart: nothing is global."""
    one, other = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    one.bus_reconnects.inc()
    assert other.registry.get_sample_value("stockbot_bus_reconnects_total") == 0


def test_every_check_of_readiness_is_a_series() -> None:
    """A check that turns bad is 0 at the next scrape, a check that breaks as well; notes have a name of their own."""
    registry, readiness = CollectorRegistry(), Readiness()
    ReadinessSeries(readiness, registry)
    trouble: list[str] = []
    readiness.register("bus", lambda: trouble[0] if trouble else None)
    readiness.register("broken", lambda: str(1 / 0))
    readiness.note("prices", lambda: "stale: AAPL")
    assert registry.get_sample_value("stockbot_ready", {"check": "bus"}) == 1
    trouble.append("gone")
    assert registry.get_sample_value("stockbot_ready", {"check": "bus"}) == 0
    assert registry.get_sample_value("stockbot_ready", {"check": "broken"}) == 0
    assert registry.get_sample_value("stockbot_well", {"note": "prices"}) == 0


def test_an_exemplar_fits_into_the_page() -> None:
    """An id that a client chose as long as it may is left out, rather than break what it should explain."""
    assert exemplar_of("chain-1") == {"correlationid": "chain-1"}
    assert exemplar_of("x" * 128) is None
    longest = "x" * (LONGEST_EXEMPLAR - len("correlationid"))
    metrics = Metrics(CollectorRegistry())
    metrics.handling_seconds.labels("stockbot:orders").observe(0.1, exemplar_of(longest))

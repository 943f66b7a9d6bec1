"""The catalogue has every metric of every part, with its labels."""

from pathlib import Path

from stockbot.monitoring.catalogue import PARTS, catalogue, metrics_of
from stockbot.monitoring.event_driven import EVENT_DRIVEN
from stockbot.monitoring.selectors import selectors

ROOT = Path(__file__).parents[3]
FOLDERS = ("services/stockbot", "operator", "ui")
MADE = ("Counter(", "Gauge(", "Histogram(", "Summary(")


def test_labels_and_kinds_are_those_of_the_classes() -> None:
    """A counter, a histogram, a gauge that is asked at each scrape, and a number of the process."""
    known = catalogue()
    assert known["stockbot_events_total"].labels == ("direction", "type", "result")
    assert known["stockbot_send_seconds_bucket"].kind == "histogram"
    assert known["stockbot_ready"].labels == ("check",)
    assert known["process_resident_memory_bytes"].labels == ()


def test_no_metric_is_made_outside_of_the_classes_listed() -> None:
    """Whoever makes a metric elsewhere adds that module to `PARTS`, or nobody finds it in docs/monitoring.md."""
    makers = {
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "from prometheus_client import" in (text := path.read_text()) and any(word in text for word in MADE)
    }
    assert makers == {
        "operator/stockbot_operator/metrics.py",
        "services/stockbot/alert_manager/counters.py",
        "services/stockbot/execution_engine/series.py",
        "services/stockbot/market_data_gateway/series.py",
        "services/stockbot/portfolio_manager/series.py",
        "services/stockbot/risk_guardian/series.py",
        "services/stockbot/runtime/metrics.py",
        "services/stockbot/strategy_orchestrator/series.py",
    }
    assert len(PARTS) == len(makers)


def test_every_name_is_ours_and_said_in_a_sentence() -> None:
    """Names begin with `stockbot_`, and each metric says what it means."""
    for part in PARTS:
        for metric in metrics_of(part):
            assert metric.name.startswith(("stockbot_", "process_"))
            assert metric.meaning.endswith("."), metric.name


def test_what_is_absent_on_a_quiet_day_exists() -> None:
    """Each series of the list is a metric."""
    assert set(EVENT_DRIVEN) <= set(catalogue())


def test_an_expression_says_what_it_asks_for() -> None:
    """Matchers stay with their series; labels that group are no series."""
    expr = 'max by (job, up) (stockbot_ready{check="bus"}) > 0 and on (job) rate(job:x:p99_5m[5m]) or up == 0'
    assert list(selectors(expr)) == [("stockbot_ready", '{check="bus"}'), ("job:x:p99_5m", ""), ("up", "")]

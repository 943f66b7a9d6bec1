"""Alerts about events that were put aside."""

from stockbot.events.alerts import Severity
from stockbot.model.alerts.poison import PutAside, alerts

ORDERS = PutAside("risk-guardian", "stockbot:orders", 2, "not JSON")
NEWS = PutAside("alert-manager", "stockbot:alerts", 1, "no title")


def test_one_alert_for_each_service_and_stream() -> None:
    """With how many and why; critical where it may be an order or a fill."""
    orders, news = alerts([ORDERS, NEWS], {})
    assert (orders.severity, news.severity) == (Severity.CRITICAL, Severity.WARNING)
    assert orders.title == "2 events were put aside by risk-guardian from stockbot:orders"
    assert "not JSON" in orders.detail
    assert news.title.startswith("1 event was")


def test_the_same_count_is_no_news_and_another_is() -> None:
    """What is told already is told again only when it has changed."""
    standing = {ORDERS.fingerprint: "2 events were put aside by risk-guardian from stockbot:orders"}
    assert alerts([ORDERS], standing) == []
    (more,) = alerts([PutAside("risk-guardian", "stockbot:orders", 3, "again")], standing)
    assert not more.resolved


def test_when_none_is_left_it_is_over() -> None:
    """A person has replayed or resolved all of them."""
    (over,) = alerts([], {ORDERS.fingerprint: "2 events"})
    assert (over.fingerprint, over.resolved) == (ORDERS.fingerprint, True)

"""What the Risk Guardian shows at /metrics of the account that it watches."""

from prometheus_client import CollectorRegistry
from tests.services.risk_guardian.conftest import CASH, Parts, portfolio
from tests.services.risk_guardian.test_watch import HELD, rounds

from stockbot.model.risk.inputs import Losses
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.loss_watch import LossWatch
from stockbot.model.risk.session_day import SessionDay
from stockbot.risk_guardian.series import Series
from stockbot.risk_guardian.watch import Seen
from stockbot.testing.clock import START


async def test_the_loss_is_shown_as_a_part_of_what_may_be_lost(parts: Parts) -> None:
    """At 97 after 100, 500 shares have lost 1,500 of the 2,000 that a day of 100,000 may; a gain is below zero."""
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=HELD))
    watch, registry = parts.watch(), CollectorRegistry()
    series = Series(registry, Limits())
    for price, ratio in (("100", 0.0), ("97", 0.75), ("101", -0.25)):
        await rounds(parts, watch, price)
        series.show(watch.seen)
        labels = {"account": "paper", "limit": "daily"}
        assert registry.get_sample_value("stockbot_risk_loss_ratio", labels) == ratio


def test_a_loss_that_is_not_known_has_no_number() -> None:
    """What was shown goes once a price is missing: the series is absent, since zero would say that nothing was lost."""
    registry = CollectorRegistry()
    series, labels = Series(registry, Limits()), {"account": "paper", "limit": "daily"}
    day = SessionDay(date="2026-01-05", equity=CASH, net_deposits=CASH)
    for equity, ratio in ((CASH - 1000, 0.5), (None, None)):
        watch = LossWatch(
            account="paper",
            now=START,
            session=day.date,
            equity=equity,
            free_cash=equity,
            losses=Losses(day=day, net_deposits=CASH),
        )
        series.show(Seen(watches=[watch]))
        assert registry.get_sample_value("stockbot_risk_loss_ratio", labels) == ratio
        assert registry.get_sample_value("stockbot_risk_equity", {"account": "paper"}) == (equity and float(equity))

"""The watch: accounts that appear, the day's start, samples and closes of the equity curve, and what it tells."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from tests.services.portfolio_manager.conftest import (
    CASH,
    ENGINE,
    Parts,
    engine_account,
    engine_activity,
    fill,
    marks,
    sessions,
    watch_of,
)

from stockbot.events.alerts import ServiceAlert
from stockbot.events.streams import ORDERS
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.valuation import Mark
from stockbot.portfolio_manager import equity_curve, performance, store
from stockbot.portfolio_manager.benchmark import Closes
from stockbot.portfolio_manager.equity_curve import Point, PointKind
from stockbot.portfolio_manager.openings import NOT_THERE
from stockbot.portfolio_manager.tables import DEAD_LETTERS
from stockbot.runtime.dead_letters import DeadLetter, put_aside
from stockbot.testing.clock import START


async def points(parts: Parts) -> list[Point]:
    return await parts.database.read(lambda c: list(equity_curve.points(c, "paper")))


async def test_it_waits_for_the_execution_engine(parts: Parts) -> None:
    """Without the engine's tables it says so, and opens the account as soon as it is there."""
    await parts.database.run(ENGINE.drop_all)
    watch, troubles = watch_of(parts), []
    for happens in (lambda _: None, ENGINE.create_all, engine_account):
        await parts.database.run(happens)
        await watch.step()
        troubles.append(watch.trouble)
    assert troubles == [NOT_THERE, NOT_THERE, None]
    assert (await parts.view()).cash == CASH


async def test_without_the_lease_it_rests(parts: Parts) -> None:
    """Nothing is opened by a process that may not write."""
    await parts.database.run(engine_account)
    await parts.lease.release(parts.database)
    await watch_of(parts).step()
    assert await parts.database.read(store.accounts) == {}


async def test_a_sample_a_minute(parts: Parts) -> None:
    """At once, and then when its time has come; never without a price."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    watch = watch_of(parts)
    await watch.step()
    assert await points(parts) == []
    parts.feed.prices = marks(AAPL="105")
    for _ in range(130):
        await watch.step()
    assert [point.equity for point in await points(parts)] == [CASH + 50] * 3


async def test_growth_leaves_deposits_out(parts: Parts) -> None:
    """A tenth won, then 220 of 1,100 lost while as much was paid in: the deposit is no growth, the loss a fifth."""
    await parts.open(cash=Decimal(1000))
    await parts.book(fill(1, "10", "100"))
    watch = watch_of(parts)
    parts.feed.prices = marks(AAPL="100")
    await watch.step()
    parts.feed.prices = marks(AAPL="110")
    parts.clock.advance(60)
    await watch.step()
    await parts.database.run(partial(engine_activity, activity_id="d", kind="deposit", amount="1100"))
    parts.feed.prices = marks(AAPL="88")
    parts.clock.advance(60)
    await watch.step()
    growths = [point.growth for point in await points(parts)]
    assert growths == [1, Decimal("1.1"), Decimal("0.88")]
    assert [point.drawdown for point in await points(parts)] == [0, 0, Decimal("0.2")]


async def test_the_close_of_a_session_is_a_point_once(parts: Parts) -> None:
    """With its date; a restart after it adds no second one, and one that is too late is left out."""
    await parts.open()
    parts.clock.advance(6 * 3600 + 1)
    for _ in range(3):
        await watch_of(parts).step()
    closes = [point for point in await points(parts) if point.kind is PointKind.CLOSE]
    assert [close.session for close in closes] == ["2026-03-02"]
    parts.clock.advance(24 * 3600 + 13 * 3600)
    await watch_of(parts).step()
    assert len([point for point in await points(parts) if point.kind is PointKind.CLOSE]) == 1


async def test_the_day_starts_with_the_session(parts: Parts) -> None:
    """Start equity is that of the first look in the session, and is kept over a restart."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    parts.feed.prices = marks(AAPL="100")
    await watch_of(parts).step()
    parts.feed.prices = marks(AAPL="90")
    await watch_of(parts).step()
    day = (await parts.view()).state.day
    assert day is not None
    assert (day.date, day.equity) == ("2026-03-02", CASH)
    parts.clock.advance(24 * 3600)
    await watch_of(parts).step()
    day = (await parts.view()).state.day
    assert day is not None
    assert (day.date, day.equity) == ("2026-03-03", CASH - 100)


async def test_proceeds_are_settled_the_next_trading_day(parts: Parts) -> None:
    """Friday's sale is free on Monday; a holiday that the gateway knows makes it Tuesday."""
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    parts.feed.days = Days(sessions=sessions(friday, (0, 4, 5)))
    await parts.open(settles=True, at=friday)
    await parts.book(fill(1, "10", "100", at=friday), fill(2, "-10", "110", at=friday))
    for day, unsettled in (
        (friday, 1100),
        (datetime(2026, 3, 9, 15, tzinfo=UTC), 1100),
        (datetime(2026, 3, 10, 15, tzinfo=UTC), 0),
    ):
        parts.clock._now = day
        view = await parts.view()
        assert view.unsettled == unsettled
        assert view.settled_cash == CASH + 100 - unsettled


async def test_open_trades_see_the_extremes_of_the_marks(parts: Parts) -> None:
    """The worst and the best price since the trade began are kept with it."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    parts.feed.prices = marks(AAPL="100")
    later = START + timedelta(seconds=30)
    parts.feed.seen = {"AAPL": (Mark(price=Decimal(93), at=later), Mark(price=Decimal(104), at=later))}
    await watch_of(parts).step()
    trips = await parts.database.read(lambda c: store.open_trips(c, "paper"))
    assert [trips["AAPL", "trend"].lowest, trips["AAPL", "trend"].highest] == [93, 104]
    assert parts.feed.seen == {}
    await parts.book(fill(2, "-10", "101"))


async def test_what_is_put_aside_is_told_once_and_resolved(parts: Parts) -> None:
    """A person hears of an order update that nobody could book, and that it is over."""
    await parts.open()
    letter = DeadLetter("l", ORDERS, "portfolio-manager", "a reason", b"{}", START)
    await parts.database.run(lambda c: put_aside(c, DEAD_LETTERS, [letter]))
    watch = watch_of(parts)
    for _ in range(3):
        await watch.step()
    assert watch.seen.orders_put_aside == 1
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.update().values(resolved_at=START)))
    await watch.step()
    told = [event.data for event in await parts.told() if isinstance(event, ServiceAlert)]
    assert [(alert.fingerprint, alert.resolved) for alert in told] == [
        ("portfolio/orders-put-aside", False),
        ("portfolio/orders-put-aside", True),
    ]


async def test_a_position_without_any_price_is_told(parts: Parts) -> None:
    """After a start prices get their time to come; then a person hears that equity is not known."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    watch = watch_of(parts)
    for _ in range(20):
        await watch.step()
    parts.feed.prices = marks(AAPL="100")
    await watch.step()
    told = [event.data for event in await parts.told() if isinstance(event, ServiceAlert)]
    assert [(alert.fingerprint, alert.resolved) for alert in told] == [
        ("portfolio/unpriced/paper", False),
        ("portfolio/unpriced/paper", True),
    ]


async def test_performance_is_measured_from_the_opening_to_now(parts: Parts) -> None:
    """Two closes give daily returns; the total has the first day and the running one as well."""
    await parts.open(cash=Decimal(1000))
    await parts.book(fill(1, "10", "100"))
    watch = watch_of(parts)
    for price, seconds in (("100", 0), ("110", 6 * 3600 + 60), ("121", 24 * 3600), ("133.1", 3600)):
        parts.clock.advance(seconds)
        parts.feed.prices = marks(AAPL=price)
        await watch.step()
    found = await parts.database.read(lambda c: performance.material(c, "paper", None, None, None))
    kinds = [(point.kind.value, point.growth) for point in found.points]
    assert kinds == [
        ("sample", 1),
        ("close", Decimal("1.1")),
        ("close", Decimal("1.21")),
        ("sample", Decimal("1.331")),
    ]
    later = found.points[1].at + timedelta(minutes=1)
    since = await parts.database.read(lambda c: performance.material(c, "paper", None, later, None))
    assert since.points[0].growth in {Decimal("1.1"), Decimal("1.21")}
    answer = performance.answer(
        found, account="paper", strategy=None, start=None, end=None, risk_free=0.0, closes=Closes(symbol="SPY")
    )
    assert answer.statistics["total_return"].value == Decimal("0.331")
    assert [day.return_fraction for day in answer.daily] == [Decimal("0.1")]
    assert [(month.month, month.return_fraction) for month in answer.monthly] == [("2026-03", Decimal("0.331"))]


async def test_a_month_before_the_asked_ones_is_not_listed(parts: Parts) -> None:
    """The point that returns are measured from belongs to the month before, which nobody asked for."""
    await parts.open(cash=Decimal(1000))
    await parts.book(fill(1, "10", "100"))
    watch = watch_of(parts)
    for price, seconds in (("100", 0), ("110", 40 * 86_400)):
        parts.clock.advance(seconds)
        parts.feed.prices = marks(AAPL=price)
        await watch.step()
    found = await parts.database.read(lambda c: performance.material(c, "paper", None, None, None))
    answer = performance.answer(
        found, account="paper", strategy=None, start=None, end=None, risk_free=0.0, closes=Closes(symbol="SPY")
    )
    assert [(month.month, month.return_fraction) for month in answer.monthly] == [("2026-04", Decimal("0.1"))]


async def test_a_long_curve_is_thinned(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many samples one in each span is shown, and of very many each n-th; every close and the newest always."""
    await parts.open()
    watch = watch_of(parts, sample_seconds=1)
    parts.clock.advance(6 * 3600 - 10)
    for _ in range(60):
        await watch.step()
    thinned = await parts.database.read(lambda c: equity_curve.thinned(c, "paper", None, None, 10.0))
    assert [point.kind for point in thinned].count(PointKind.CLOSE) == 1
    assert len(thinned) in {7, 8}
    every_one = await points(parts)
    monkeypatch.setattr(equity_curve, "MOST_SAMPLES", 5)
    few = await parts.database.read(lambda c: equity_curve.thinned(c, "paper", None, None, 1.0))
    assert [point.kind for point in few].count(PointKind.CLOSE) == 1
    assert len(few) <= 5 + 2
    assert few[-1] == every_one[-1]
    assert [point.at for point in few] == sorted(point.at for point in few)

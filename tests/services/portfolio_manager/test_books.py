"""Order updates become ledger entries, positions and trades, once each, over a real database."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.services.portfolio_manager.conftest import CASH, Parts, accepted, fill, marks

from stockbot.errors import Conflict, MalformedEvent
from stockbot.events.alerts import ServiceAlert
from stockbot.portfolio_manager import store
from stockbot.portfolio_manager.tables import ENTRIES, LINES, TRADES
from stockbot.portfolio_manager.views import valued
from stockbot.testing.events import service_alert


async def count(parts: Parts, table: object) -> int:
    statement = select(func.count()).select_from(table)  # type: ignore[arg-type] # any table
    return await parts.database.read(lambda c: c.execute(statement).scalar_one())


async def test_a_reduce_keeps_the_average(parts: Parts) -> None:
    """100 at 10, 50 sold at 12, 50 more at 14: the average is 12, not 17; cash and profit to the cent."""
    await parts.open()
    await parts.book(fill(1, "100", "10"), fill(2, "-50", "12"), fill(3, "50", "14"))
    view = await parts.view()
    own = view.holdings["AAPL", None]
    assert [own.quantity, own.average_price, own.realised] == [100, 12, 100]
    assert view.cash == CASH - 1000 + 600 - 700
    assert view.state.through_sequence == 3


async def test_what_comes_twice_is_booked_once(parts: Parts) -> None:
    """The same execution in one batch, in another, and under another event changes nothing."""
    await parts.open()
    await parts.book(fill(1, "10", "100"), fill(2, "10", "100", execution_id="fill-1"))
    await parts.book(fill(3, "10", "100", execution_id="fill-1"), accepted(4))
    view = await parts.view()
    assert view.holdings["AAPL", None].quantity == 10
    assert view.state.through_sequence == 4
    assert await count(parts, ENTRIES) == 2
    assert await parts.told() == []


async def test_an_execution_with_other_content_is_told(parts: Parts) -> None:
    """The first one stands, and a person hears of it."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    await parts.book(fill(2, "10", "101", execution_id="fill-1"))
    assert (await parts.view()).cash == CASH - 1000
    (alert,) = await parts.told()
    assert isinstance(alert, ServiceAlert)
    assert "fill-1" in alert.data.title


async def test_fees_have_lines_of_their_own(parts: Parts) -> None:
    """Fees are neither cost nor profit: they are a ledger account, and cash pays them."""
    await parts.open()
    await parts.book(fill(1, "10", "100", fee="1.50"), fill(2, "-10", "101", fee="0.50"))
    balances = (await parts.view()).state.balances
    assert [balances.realised, balances.fees, balances.cash] == [10, 2, CASH + 8]
    rows = await parts.database.read(lambda c: c.execute(select(LINES).where(LINES.c.ledger_account == "fees")).all())
    assert sorted(row.amount for row in rows) == [Decimal("0.5"), Decimal("1.5")]


async def test_strategies_add_up_to_the_account(parts: Parts) -> None:
    """One is long, one short: the account holds the sum, and both views have the same total profit."""
    await parts.open()
    await parts.book(fill(1, "10", "100"), fill(2, "-4", "110", strategy="fade"), fill(3, "-8", "90"))
    view = await parts.view()
    own = view.holdings["AAPL", None]
    strategies = [view.holdings["AAPL", name] for name in ("trend", "fade")]
    assert own.quantity == sum(one.quantity for one in strategies) == -2
    at_marks = valued(view, marks(AAPL="95"))
    account = own.realised + sum(p.unrealised or 0 for p in at_marks.positions if p.strategy is None)
    virtual = sum(one.realised for one in strategies) + sum(
        p.unrealised or 0 for p in at_marks.positions if p.strategy is not None
    )
    assert account == virtual == Decimal(10 * -5 + -4 * -15 + -8 * 5)
    assert at_marks.equity == CASH + account


async def test_a_flip_ends_one_trade_and_begins_the_next(parts: Parts) -> None:
    """10 long, 15 sold: a trade of 10 with its part of the fee, and 5 short at the fill's price."""
    await parts.open()
    await parts.book(fill(1, "10", "100", fee="1"), fill(2, "-15", "110", fee="3"))
    (row,) = await parts.database.read(lambda c: c.execute(select(TRADES)).all())
    assert (row.strategy, row.symbol, row.correlationid) == ("trend", "AAPL", "chain-1")
    holding = (await parts.view()).holdings["AAPL", "trend"]
    assert [holding.quantity, holding.average_price] == [-5, 110]
    trips = await parts.database.read(lambda c: store.open_trips(c, "paper"))
    assert trips["AAPL", "trend"].fees == 1


async def test_opening_positions_belong_to_nobody_here(parts: Parts) -> None:
    """What the account had is one deposit, with the positions under the strategy `external`."""
    await parts.open(cash=Decimal("500.25"), positions=[("AAPL", "10", "100"), ("MSFT", "-2.5", "40")])
    view = await parts.view()
    assert view.state.balances.net_deposits == Decimal("500.25") + 1000 - 100
    assert view.holdings["MSFT", "external"].quantity == view.holdings["MSFT", None].quantity == Decimal("-2.5")
    assert await count(parts, ENTRIES) == 1


async def test_an_account_that_nobody_opened_is_refused(parts: Parts) -> None:
    """The worker puts such an update aside; nothing is booked."""
    with pytest.raises(Conflict, match="nobody has opened it"):
        await parts.book(fill(1, "1", "1", account="other"))
    assert await count(parts, ENTRIES) == 0


async def test_what_is_no_order_update_is_refused(parts: Parts) -> None:
    """Another event on the stream is malformed here."""
    await parts.open()
    with pytest.raises(MalformedEvent, match="ServiceAlert"):
        await parts.book(service_alert())


async def test_without_the_lease_nothing_is_booked(parts: Parts) -> None:
    """Another process has taken over: the transaction is refused, and the events wait."""
    await parts.open()
    await parts.lease.release(parts.database)
    with pytest.raises(Conflict):
        await parts.book(fill(1, "1", "1"))
    assert (await parts.view()).cash == CASH

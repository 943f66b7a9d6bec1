"""Order updates and portfolios in SQL, on both databases."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection
from tests.services.risk_guardian.conftest import CASH, Parts, order_update, portfolio, signal

from stockbot.errors import MalformedEvent
from stockbot.events.alerts import Severity
from stockbot.events.identity import decision_id_of
from stockbot.events.streams import ALERTS, ORDERS
from stockbot.events.trading import OrderState
from stockbot.execution_engine import tables as execution
from stockbot.risk_guardian import store
from stockbot.risk_guardian.account_state import AccountState
from stockbot.risk_guardian.tables import EXECUTION_OUTBOX_HEADS
from stockbot.runtime.outbox import Writer
from stockbot.testing.clock import START


async def account(parts: Parts, name: str = "paper") -> AccountState:
    return (await parts.database.read(store.accounts))[name]


async def test_a_fill_moves_money_from_hold_to_spent(parts: Parts) -> None:
    """An approval's hold passes to its order, shrinks with each fill, and the fill stays spent until it is booked."""
    await parts.decide(signal())
    decision_id = decision_id_of("signal-1")
    await parts.report(
        order_update(1, state=OrderState.ACCEPTED, decision_id=decision_id),
        order_update(2, state=OrderState.PARTIALLY_FILLED, filled=4, fill=(4, "100"), decision_id=decision_id),
    )
    partly = (await account(parts)).account
    assert {key: kept.leaves for key, kept in partly.holds.items()} == {"order-1": Decimal(6)}
    assert [fill.cost for fill in partly.fills] == [Decimal(400)]
    await parts.book(portfolio(1, through=2, cash=CASH - 400))
    assert (await account(parts)).account.fills == ()


async def test_an_expired_approval_frees_its_hold(parts: Parts) -> None:
    """The Execution Engine says EXPIRED about the decision, and nothing is held any more."""
    await parts.decide(signal())
    await parts.report(order_update(1, state=OrderState.EXPIRED, decision_id=decision_id_of("signal-1")))
    assert (await account(parts)).account.holds == {}


async def test_updates_that_come_twice_count_once(parts: Parts) -> None:
    """Whatever the stream repeats, a fill is spent once, and is in its strategy's record once."""
    fill = order_update(1, state=OrderState.FILLED, filled=10, fill=(10, "100"))
    await parts.report(fill, fill)
    await parts.report(fill)
    state = await account(parts)
    assert len(state.account.fills) == 1
    assert state.records["trend"].trips["AAPL"].quantity == 10


async def test_a_portfolio_is_taken_over(parts: Parts) -> None:
    """A newer portfolio counts from then on, and names who vouches for it."""
    await parts.book(portfolio(1, through=0, cash=Decimal(5000)))
    state = await account(parts)
    assert state.portfolio_source == "portfolio-manager/0"
    assert state.account.portfolio is not None
    assert state.account.portfolio.cash == 5000


async def test_an_older_portfolio_changes_nothing(parts: Parts) -> None:
    """The latest by version wins, in whatever order they arrive."""
    await parts.book(portfolio(3, through=2, cash=Decimal(5000)))
    before = await account(parts)
    await parts.book(portfolio(2, through=1, cash=Decimal(9000)))
    assert await account(parts) == before


async def test_a_contradicting_portfolio_is_refused_with_an_alert(parts: Parts) -> None:
    """A newer version that has booked less than an older one is not believed."""
    await parts.book(portfolio(3, through=2))
    before = await account(parts)
    await parts.book(portfolio(4, through=1, cash=Decimal(1)))
    assert await account(parts) == before
    (alert,) = await parts.told(ALERTS)
    assert alert.data.severity is Severity.CRITICAL  # type: ignore[union-attr] # alerts alone are on this stream


async def test_a_contradiction_is_told_once_and_its_end_too(parts: Parts) -> None:
    """A portfolio comes every second: the same refusal is one alert, and one more when a portfolio fits again."""
    await parts.book(portfolio(10, through=4))
    for version in range(11, 15):
        await parts.book(portfolio(version, through=1))
    await parts.book(portfolio(50, through=4))
    assert [event.data.resolved for event in await parts.told(ALERTS)] == [False, True]  # type: ignore[union-attr]


async def test_a_portfolio_from_before_a_restore_is_not_taken_over(parts: Parts) -> None:
    """The bus still shows one booked through update 500; the restored database knows 4, and its portfolio counts."""
    engine = Writer(execution.OUTBOX, "execution-engine/0")

    def tell(connection: Connection) -> None:
        execution.METADATA.create_all(connection)
        engine.open(connection, ORDERS, "life")
        engine.append(connection, ORDERS, [order_update(1, state=OrderState.ACCEPTED)] * 4, START)

    await parts.database.run(tell)
    await parts.book(portfolio(9000, through=500, cash=CASH * 2))
    await parts.book(portfolio(9001, through=3, cash=CASH))
    await parts.report(order_update(4, state=OrderState.FILLED, filled=10, fill=(10, "100")))
    known = (await account(parts)).account
    assert known.portfolio is not None
    assert known.portfolio.cash == CASH
    assert [fill.sequence for fill in known.fills] == [4]


def test_the_engines_columns_are_its_tables_columns() -> None:
    """Names and types are those of the table that the Execution Engine makes."""
    owned = execution.OUTBOX.heads
    assert EXECUTION_OUTBOX_HEADS.name == owned.name
    for column in EXECUTION_OUTBOX_HEADS.columns:
        assert repr(column.type) == repr(owned.c[column.name].type)


async def test_an_account_may_report_before_its_portfolio(parts: Parts) -> None:
    """Orders of an account without a portfolio are kept, and the account stays unknown until one comes."""
    update = order_update(1, state=OrderState.ACCEPTED)
    await parts.report(replace(update, data=replace(update.data, account="other")))
    state = await account(parts, "other")
    assert not state.is_known
    assert list(state.account.holds) == ["order-1"]


async def test_what_is_no_order_update_is_refused(parts: Parts) -> None:
    """Another event on the stream is put aside by the worker, with this reason."""
    with pytest.raises(MalformedEvent, match="SignalGenerated does not belong"):
        await parts.report(signal())

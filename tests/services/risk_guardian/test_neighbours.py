"""What is read of the Portfolio Manager's and the Execution Engine's tables, over those tables themselves."""

import pytest
from sqlalchemy import Connection, delete
from tests.services.risk_guardian.conftest import CASH, Parts, order_update, portfolio

from stockbot.events.streams import ALERTS, ORDERS
from stockbot.events.trading import OrderState
from stockbot.execution_engine import tables as execution
from stockbot.portfolio_manager import tables as portfolios
from stockbot.risk_guardian import neighbours, store
from stockbot.runtime.dead_letters import DeadLetter, put_aside
from stockbot.runtime.outbox import Writer
from stockbot.testing.clock import START

ENGINE = Writer(execution.OUTBOX, "execution-engine/0")


def test_the_columns_are_their_owners_columns() -> None:
    """Names and types are those of the tables that their owners make."""
    for light, owned in (
        (neighbours.PORTFOLIO_DEAD_LETTERS, portfolios.DEAD_LETTERS),
        (neighbours.EXECUTION_OUTBOX_HEADS, execution.OUTBOX.heads),
    ):
        assert light.name == owned.name
        assert {c.name: repr(c.type) for c in light.c} == {c.name: repr(owned.c[c.name].type) for c in light.c}


async def told_orders(parts: Parts, number: int) -> None:
    """An engine that has told so many order updates."""

    def tell(connection: Connection) -> None:
        execution.METADATA.create_all(connection)
        ENGINE.open(connection, ORDERS, "life")
        ENGINE.append(connection, ORDERS, [order_update(1, state=OrderState.ACCEPTED)] * number, START)

    await parts.database.run(tell)


async def test_what_the_portfolio_put_aside_counts_as_put_aside(parts: Parts) -> None:
    """Its through_sequence passes over a fill that it could not book: only reductions may pass until a person looks."""
    letter = DeadLetter("letter-1", ORDERS, "portfolio-manager", "unreadable", b"{}", START)
    assert await parts.database.read(store.orders_put_aside) == 0
    await parts.database.run(portfolios.METADATA.create_all)
    await parts.database.run(lambda c: put_aside(c, portfolios.DEAD_LETTERS, [letter]))
    assert await parts.database.read(store.orders_put_aside) == 1
    await parts.database.run(lambda c: c.execute(delete(portfolios.DEAD_LETTERS)))
    assert await parts.database.read(store.orders_put_aside) == 0


async def test_a_portfolio_from_before_a_restore_is_not_taken_over(parts: Parts) -> None:
    """The bus still shows one booked through update 500; the restored database knows 4, and its portfolio counts."""
    await told_orders(parts, 4)
    await parts.book(portfolio(9000, through=500, cash=CASH * 2))
    await parts.book(portfolio(9001, through=3, cash=CASH))
    await parts.report(order_update(4, state=OrderState.FILLED, filled=10, fill=(10, "100")))
    account = (await parts.database.read(store.accounts))["paper"].account
    assert account.portfolio is not None
    assert account.portfolio.cash == CASH
    assert [fill.sequence for fill in account.fills] == [4]


@pytest.mark.parametrize("again", [2, 5])
async def test_a_contradiction_is_told_once_and_its_end_too(parts: Parts, again: int) -> None:
    """A portfolio comes every second: the same refusal is one alert, and one more when a portfolio fits again."""
    await parts.book(portfolio(10, through=4))
    for version in range(11, 11 + again):
        await parts.book(portfolio(version, through=1))
    await parts.book(portfolio(50, through=4))
    assert [event.data.resolved for event in await parts.told(ALERTS)] == [False, True]  # type: ignore[union-attr]

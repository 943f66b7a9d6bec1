"""The paper broker over SQL: what it does by itself, and what it does when SQL does not."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.brokers.conformance import LIMIT_90, LONG_AGO, executions, heard, request
from tests.services.execution_engine.brokers.paper.conftest import EXACT, Desk

from stockbot.errors import Unavailable
from stockbot.events.market import Session
from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.brokers.paper.answers import execution_id
from stockbot.execution_engine.brokers.protocol import Mode, OrderRefused, OutcomeUnknown
from stockbot.testing.clock import START

STOP_95 = OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(95), time_in_force=TimeInForce.GTC)
LIMIT_105 = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(105), time_in_force=TimeInForce.GTC)
LATE = replace(EXACT, rules=replace(EXACT.rules, latency=timedelta(milliseconds=100)))


async def test_the_account_is_opened_once(desk: Desk) -> None:
    """It begins with the opening balance, and a changed one changes nothing afterwards."""
    account = await desk.broker().account()
    assert (account.account_id, account.broker, account.mode) == ("paper-paper", "paper", Mode.PAPER)
    assert (account.cash, account.settles) == (Decimal(100_000), False)
    desk.terms = replace(EXACT, opening_balance=Decimal(5), settles=True)
    account = await desk.broker().account()
    assert (account.cash, account.settles) == (Decimal(100_000), True)


async def test_a_new_order_does_not_wait_for_the_next_tick(desk: Desk) -> None:
    """When its latency is over it looks at the last quote, and is filled there."""
    desk.terms = LATE
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    updates = broker.updates()
    assert (await broker.submit(request())).state is OrderState.ACCEPTED
    told = await heard(updates, lambda update: update.order.state is OrderState.FILLED)
    assert told[-1].execution is not None
    assert told[-1].execution.executed_at == START + timedelta(milliseconds=100)
    await broker.close()


async def test_a_stale_quote_is_not_traded_on(desk: Desk) -> None:
    """Neither one that the gateway calls stale nor one that has become old here."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100", stale=True))
    await broker.submit(request(1))
    await desk.tick(broker, desk.quote("100", receive_time=desk.clock.now() - timedelta(seconds=31)))
    assert await broker.executions(LONG_AGO) == []
    desk.clock.advance(1)
    await desk.tick(broker, desk.quote("100"))
    assert len(await broker.executions(LONG_AGO)) == 1


async def test_a_late_quote_does_not_replace_a_newer_one(desk: Desk) -> None:
    """Ticks may come out of order; the newest by receipt is the market."""
    broker = desk.broker()
    old = desk.quote("50")
    desk.clock.advance(1)
    await desk.tick(broker, desk.quote("100"))
    await desk.tick(broker, old)
    await broker.submit(request())
    assert (await broker.executions(LONG_AGO))[0].price == 100


async def test_a_tick_that_touches_no_open_order_writes_nothing(desk: Desk) -> None:
    """Neither does one that shows a resting order the same market again."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100", volume="10"))
    await broker.submit(request(terms=LIMIT_90))
    await desk.tick(broker, desk.quote("100", volume="10"))
    written = desk.storage.writes
    for _ in range(3):
        desk.clock.advance(1)
        await desk.tick(broker, desk.quote("1", symbol="MSFT"), desk.quote("100", volume="10"))
    assert desk.storage.writes == written


async def test_many_orders_of_a_tick_are_one_transaction(desk: Desk) -> None:
    """Whatever a tick fills is committed together."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    for number in range(20):
        await broker.submit(request(number, terms=LIMIT_90))
    written = desk.storage.writes
    desk.clock.advance(1)
    await desk.tick(broker, desk.quote("90"))
    assert desk.storage.writes == written + 1
    assert (await broker.positions())[0].quantity == 200


async def test_the_outcome_of_a_broken_commit_is_not_guessed(desk: Desk) -> None:
    """The order may be there: the caller is told so, and the next answer comes out of SQL."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    updates = broker.updates()
    for number, failing in enumerate(("after", "before"), 1):
        await broker.account()
        desk.storage.failing = failing
        with pytest.raises(OutcomeUnknown):
            await broker.submit(request(number))
    assert [await broker.order("order-2"), len(await executions(broker, "order-1"))] == [None, 1]
    assert (await broker.account()).cash == 99_000
    with pytest.raises(Unavailable):
        await anext(updates)
    with pytest.raises(OrderRefused):
        await broker.submit(request(1))


async def test_a_broker_without_its_database_says_so(desk: Desk) -> None:
    """Its trouble is the database's, until the next call succeeds."""
    broker = desk.broker()
    desk.storage.failing = "before"
    with pytest.raises(Unavailable):
        await broker.account()
    troubles = [broker.trouble]
    await broker.account()
    troubles.append(broker.trouble)
    assert troubles == ["the database is away", None]


async def test_a_cancelled_call_leaves_no_wrong_book(desk: Desk) -> None:
    """Its transaction may have been committed; the book is read again."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    task = asyncio.create_task(broker.submit(request()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    order = await broker.order("order-1")
    assert (await broker.account()).cash == (100_000 if order is None else 99_000)


async def test_two_processes_share_one_account(desk: Desk) -> None:
    """Both may write, one after the other, and neither does so from an old copy."""
    first, second = desk.broker(), desk.broker()
    for broker in (first, second):
        await desk.tick(broker, desk.quote("100", volume="10"))
    await first.submit(request(1, terms=LIMIT_90))
    with pytest.raises(OrderRefused):
        await second.submit(request(1))
    await second.submit(request(2, terms=LIMIT_90))
    desk.clock.advance(1)
    tick = desk.quote("90")
    await asyncio.gather(desk.tick(first, tick), desk.tick(second, tick))
    assert [(await broker.account()).cash for broker in (first, second)] == [98_200, 98_200]
    assert len(await first.executions(LONG_AGO)) == 2


async def test_what_another_process_did_is_not_overlooked(desk: Desk) -> None:
    """A process that saw nothing of it still says what the account is, and that its updates have a gap."""
    first, second = desk.broker(), desk.broker()
    updates = first.updates()
    assert (await first.account()).cash == 100_000
    await desk.tick(second, desk.quote("100"))
    await second.submit(request())
    assert [(await first.account()).cash, (await first.positions())[0].quantity] == [99_000, 10]
    with pytest.raises(Unavailable, match="another process"):
        await anext(updates)


async def test_an_order_ends_without_a_quote_of_its_own(desk: Desk) -> None:
    """Any tick lets time pass: a day order expires though its symbol is silent."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    await broker.submit(request(terms=LIMIT_90))
    desk.clock.advance(24 * 3600)
    await desk.tick(broker, desk.quote("1", symbol="MSFT"))
    order = await broker.order("order-1")
    assert order is not None
    assert order.state is OrderState.EXPIRED


async def test_a_stop_that_the_market_crossed_during_a_stop_of_the_broker(desk: Desk) -> None:
    """It fills at the first quote seen after the start, far below its price."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    await broker.submit(request(1))
    await broker.submit(request(2, side=Side.SELL, terms=STOP_95))
    await broker.close()
    desk.clock.advance(3600)
    again = desk.broker()
    await desk.tick(again, desk.quote("70"))
    assert [fill.price for fill in await executions(again, "order-2")] == [70]


async def test_a_cash_account_never_sells_what_it_does_not_hold(desk: Desk) -> None:
    """A stop has the shares: a limit for the same ones is refused, since both could trade, as at Alpaca."""
    desk.terms = replace(EXACT, settles=True)
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    with pytest.raises(OrderRefused):
        await broker.submit(request(1, side=Side.SELL))
    await broker.submit(request(2))
    await broker.submit(request(3, side=Side.SELL, terms=STOP_95))
    with pytest.raises(OrderRefused, match="10 of them in other orders"):
        await broker.submit(request(4, side=Side.SELL, terms=LIMIT_105))


async def test_a_replace_of_more_than_is_left_is_refused(desk: Desk) -> None:
    """A part was filled while the replace was on its way: the old order works on, and nothing trades twice."""
    broker, low = desk.broker(), replace(LIMIT_105, limit_price=Decimal(95))
    await desk.tick(broker, desk.quote("100", volume="1000"))
    await broker.submit(request(1, terms=low))
    desk.clock.advance(1)
    await desk.tick(broker, desk.quote("94", volume="1040"))
    old = await broker.order("order-1")
    assert old is not None
    assert old.filled_quantity == 4
    with pytest.raises(OrderRefused, match="has 6 shares left"):
        await broker.replace("order-1", request(2, terms=low))
    assert [one.client_order_id for one in await broker.open_orders()] == ["order-1"]
    assert (await broker.replace("order-1", request(2, quantity=Decimal(6), terms=low))).quantity == 6


async def test_a_replay_is_found_by_our_clock_too(desk: Desk) -> None:
    """A fill has the market's time, years ago; who asks for fills since a minute ago still gets it."""
    broker = desk.broker()
    past = START - timedelta(days=500)
    await desk.tick(broker, desk.quote("100", source_time=past))
    await broker.submit(request())
    found = await broker.executions(START - timedelta(minutes=1))
    assert [fill.executed_at for fill in found] == [past]


async def test_ids_follow_from_the_order(desk: Desk) -> None:
    """An execution's id is the same on every machine and in every life."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    await broker.submit(request())
    assert [fill.execution_id for fill in await broker.executions(LONG_AGO)] == [execution_id("order-1", 1)]


async def test_a_listed_symbol_waits_for_its_session(desk: Desk) -> None:
    """Where the exchange's sessions are not known, a real symbol trades nothing."""
    desk.simulated = False
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100", session=Session.OPEN))
    assert (await broker.submit(request())).state is OrderState.ACCEPTED
    assert await broker.executions(LONG_AGO) == []

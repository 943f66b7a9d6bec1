"""An order update that risk or the portfolio put aside: Reducing, until it is replayed or resolved by a person."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from msgspec.structs import replace
from sqlalchemy import Connection, MetaData, Table, select
from tests.services.risk_guardian.conftest import CASH, Parts, order_update, portfolio, signal

from stockbot.codec import encode
from stockbot.events import AnyEvent
from stockbot.events.identity import decision_id_of
from stockbot.events.streams import ORDERS
from stockbot.events.trading import OrderState, OrderUpdate
from stockbot.model.risk.trading_state import TradingState
from stockbot.model.risk.valuation import free_cash, lines
from stockbot.portfolio_manager import tables as theirs
from stockbot.risk_guardian import store
from stockbot.risk_guardian.account_state import AccountState
from stockbot.risk_guardian.guardian import GROUP
from stockbot.risk_guardian.tables import DEAD_LETTERS, INBOX, PORTFOLIO_DEAD_LETTERS
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.dead_letters import DeadLetter, ask_for_replay, put_aside, resolve
from stockbot.runtime.worker import Worker
from stockbot.testing.clock import START

DECISION = decision_id_of("signal-1")
ACCEPTED = order_update(1, state=OrderState.ACCEPTED, decision_id=DECISION)
PARTLY = order_update(2, state=OrderState.PARTIALLY_FILLED, filled=4, fill=(4, "100"), decision_id=DECISION)
CANCELED = order_update(3, state=OrderState.CANCELED, filled=4, decision_id=DECISION)


class PoisonOnce:
    """The books, which cannot take the second update until `mended`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.mended = False

    def __call__(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        if not self.mended and any(event.sequence == 2 for event in events):
            raise ZeroDivisionError("no price")
        self._parts.books.handle_orders(connection, events)


async def work(bus: Bus, parts: Parts, handle: PoisonOnce) -> None:
    """A worker just started takes in what there is, and looks for replays."""
    worker = Worker(
        WorkReader(bus, ORDERS, GROUP),
        bus,
        parts.database,
        inbox_table=INBOX,
        dead_letter_table=DEAD_LETTERS,
        handle=handle,
    )
    for _ in range(3):
        await worker.step()


async def send(bus: Bus, *updates: OrderUpdate) -> None:
    for update in updates:
        await bus.commands.xadd(ORDERS, {b"event": encode(replace(update, incarnation="1.a"))})


async def put_aside_one(bus: Bus, parts: Parts) -> tuple[PoisonOnce, str]:
    """An approval's order whose only fill was put aside; the letter's id."""
    await parts.decide(signal())
    handle = PoisonOnce(parts)
    await send(bus, ACCEPTED, PARTLY, CANCELED)
    await work(bus, parts, handle)
    letters = await parts.database.read(lambda c: c.execute(select(DEAD_LETTERS.c.letter_id)).scalars().all())
    (letter_id,) = letters
    return handle, letter_id


async def account(parts: Parts) -> AccountState:
    return (await parts.database.read(store.accounts))["paper"]


async def effective(parts: Parts) -> TradingState:
    """The trading state as the Execution Engine reads it, after a round of the watch."""
    watch = parts.watch()
    await watch.step()
    rows = await parts.database.read(
        lambda c: c.exec_driver_sql("SELECT effective FROM risk_trading_state").scalars().all()
    )
    assert list(rows) == [watch.seen.state]
    return watch.seen.state


async def test_a_poison_update_is_replayed(bus: Bus, parts: Parts) -> None:
    """Reducing while the fill is not known; replayed after the order's end it is spent once, and nothing is held."""
    handle, letter_id = await put_aside_one(bus, parts)
    assert await effective(parts) is TradingState.REDUCING
    assert (await account(parts)).account.holds["order-1"].leaves == 4
    handle.mended = True
    ask = partial(ask_for_replay, table=DEAD_LETTERS, letter_id=letter_id, who="anna", why="mended")
    await parts.database.run(ask)
    await work(bus, parts, handle)
    now = (await account(parts)).account
    assert (now.holds, now.missing, now.order_sequence) == ({}, (), 3)
    assert free_cash(now, lines(now, {"AAPL": Decimal(100)})) == CASH - 400
    assert (await account(parts)).records["trend"].trips["AAPL"].quantity == 4
    assert await effective(parts) is TradingState.ACTIVE
    await parts.report(PARTLY)
    await parts.book(portfolio(1, through=3, cash=CASH - 400))
    assert (await account(parts)).account.fills == ()


async def test_a_resolve_ends_it(bus: Bus, parts: Parts) -> None:
    """A person's word ends Reducing, and what was missing is not waited for any more."""
    _handle, letter_id = await put_aside_one(bus, parts)
    assert await effective(parts) is TradingState.REDUCING
    assert (await account(parts)).account.missing == ((2, 2),)
    end = partial(resolve, table=DEAD_LETTERS, letter_id=letter_id, who="anna", why="booked by hand", now=START)
    await parts.database.run(end)
    assert await effective(parts) is TradingState.ACTIVE
    assert ((await account(parts)).account.missing, (await account(parts)).account.since) == ((), {})
    before = await account(parts)
    await parts.report(PARTLY)
    assert await account(parts) == before


async def test_what_the_portfolio_put_aside_counts(parts: Parts) -> None:
    """Cash and positions lack what could not be booked: only reductions pass until a person has seen to it."""
    letters: Table = theirs.DEAD_LETTERS
    await parts.database.run(lambda c: letters.to_metadata(MetaData()).create(c))
    assert await effective(parts) is TradingState.ACTIVE
    kept = [
        DeadLetter("a fill", ORDERS, "portfolio-manager", "no account", b"{}", START),
        DeadLetter("a dividend", "execution_activities", "portfolio-manager", "no position", b"{}", START),
    ]
    await parts.database.run(partial(put_aside, table=letters, letters=kept))
    assert await parts.database.read(store.orders_put_aside) == 1
    assert await effective(parts) is TradingState.REDUCING
    end = partial(resolve, table=letters, letter_id="a fill", who="anna", why="booked by hand", now=START)
    await parts.database.run(end)
    assert await effective(parts) is TradingState.ACTIVE


def test_the_portfolios_letters_are_read_as_they_are_written() -> None:
    """A renamed table or column there shows here."""
    assert PORTFOLIO_DEAD_LETTERS.name == theirs.DEAD_LETTERS.name
    for column in PORTFOLIO_DEAD_LETTERS.columns:
        owned = theirs.DEAD_LETTERS.c[column.name].type
        assert type(column.type) is type(owned)
    assert isinstance(PORTFOLIO_DEAD_LETTERS.c.resolved_at.type, UtcDateTime)

"""The HTTP API that ends things: cancel-all and flatten, one call each, with a rehearsal that changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

import structlog
from fastapi import APIRouter
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.identity import id_of
from stockbot.events.trading import Intent, OrderTerms
from stockbot.execution_engine import account_rows, order_rows, risk_rows, watch_rows
from stockbot.execution_engine.answers import (
    CancelAll,
    Canceled,
    ClosingItem,
    Flatten,
    Flattened,
    OrderItem,
    order_item,
)
from stockbot.execution_engine.api import Trader
from stockbot.execution_engine.engine import Engine
from stockbot.execution_engine.manual import MANUAL, signal_of
from stockbot.model.orders.acts import take_exits_away
from stockbot.model.orders.admission import FLATTEN
from stockbot.model.orders.closing import Close, to_cancel, to_close
from stockbot.model.orders.order import Order
from stockbot.model.risk.trading_state import TradingState
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

CONFIRMATION = "FLATTEN"
LONGEST_WAIT = 3.0  # seconds for the orders of a flatten to end: whoever asked waits as long for the answer
LOOK_SECONDS = 0.1
HEARD_SECONDS = 0.5  # until risk has heard that they have ended: it reads orders and signals from two streams

logger = structlog.stdlib.get_logger(__name__)


def control_api(engine: Engine) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["control"])

    @router.post("/orders/cancel-all", responses=described(Canceled))
    async def cancel_all(asked: CancelAll, person: Trader) -> StructResponse:
        """Cancel every open order, or those of a symbol or a strategy."""
        work = partial(_cancel_all, engine, asked, person)
        canceled = await engine.desk.run(work)
        engine.cancels.wake()
        return StructResponse(Canceled(dry_run=asked.dry_run, orders=canceled))

    @router.post("/orders/flatten", responses=described(Flattened))
    async def flatten(asked: Flatten, person: Trader) -> StructResponse:
        """Cancel every open order and close every position; risk decides each close as it decides any order.

        A position whose shares are in open orders is closed once these have ended, within a few seconds; a close
        without a signal had no price to be made from.
        """
        begun = await engine.desk.run(partial(_flatten, engine, asked, person))
        engine.cancels.wake()
        engine.signaled()
        return StructResponse(await _finished(engine, asked, person, begun))

    return router


@dataclass(frozen=True)
class Begun:
    """A flatten after its first transaction: `waiting` are the orders whose symbols are closed when they have ended."""

    answer: Flattened
    strategy: str
    waiting: tuple[Order, ...]


async def _finished(engine: Engine, asked: Flatten, person: Principal, begun: Begun) -> Flattened:
    """Shares in an open order cannot be closed by another one: neither risk nor a broker would take it."""
    if asked.dry_run or not begun.waiting:
        return begun.answer
    await _ended(engine, [order.client_order_id for order in begun.waiting])
    symbols = {order.symbol for order in begun.waiting}
    items = await engine.desk.run(partial(_close, engine, asked, person, begun.strategy, symbols.__contains__))
    engine.signaled()
    return replace(begun.answer, closes=[*begun.answer.closes, *items])


async def _ended(engine: Engine, names: list[str]) -> None:
    """Wait until these orders have ended and risk has heard of it, but not for ever."""
    clock = engine.around.clock
    until = clock.monotonic() + LONGEST_WAIT
    while clock.monotonic() < until:
        orders = await engine.around.storage.read(partial(order_rows.by_id, client_order_ids=names))
        if not any(order.is_open for order in orders.values()):
            break
        await clock.sleep(LOOK_SECONDS)
    await clock.sleep(HEARD_SECONDS)


def _cancel_all(engine: Engine, asked: CancelAll, person: Principal, connection: Connection) -> list[OrderItem]:
    orders = to_cancel(order_rows.open_orders(connection).values(), symbol=asked.symbol, strategy=asked.strategy)
    return _canceled(engine, connection, orders, person, asked)


def _canceled(
    engine: Engine, connection: Connection, orders: list[Order], person: Principal, asked: CancelAll | Flatten
) -> list[OrderItem]:
    if not asked.dry_run:
        orders = engine.cancels.ask(connection, orders, f"{person.name}: {asked.reason}")
        what = "flatten" if isinstance(asked, Flatten) else "cancel-all"
        subject = asked.symbol or engine.settings.account
        watch_rows.audit(connection, person.name, what, subject, asked.reason, engine.around.clock.now())
    numbers = order_rows.numbers(connection, [order.client_order_id for order in orders])
    return [order_item(order_rows.Numbered(numbers[order.client_order_id], order)) for order in orders]


def _flatten(engine: Engine, asked: Flatten, person: Principal, connection: Connection) -> Begun:
    """All cancellations, and the closing signals of symbols in which nothing works, in one transaction."""
    strategy = _allowed(risk_rows.trading_state(connection), asked, person)
    found = order_rows.open_orders(connection).values()
    waiting = tuple(order for order in found if asked.symbol in (None, order.symbol))
    cancels = _canceled(engine, connection, to_cancel(waiting), person, asked)
    if not asked.dry_run:
        _take_exits_away(engine, connection, waiting, asked, f"{person.name}: {asked.reason}")
    symbols = {order.symbol for order in waiting}
    items = _close(engine, asked, person, strategy, lambda name: asked.dry_run or name not in symbols, connection)
    return Begun(Flattened(dry_run=asked.dry_run, cancels=cancels, closes=items), strategy, waiting)


def _take_exits_away(
    engine: Engine, connection: Connection, working: tuple[Order, ...], asked: Flatten, why: str
) -> None:
    """What is closed here is not closed by a bracket as well: neither by its next exit nor by its first."""
    blotter = engine.desk.blotter(connection)
    entries = [one for one in order_rows.entries(connection) if asked.symbol in (None, one.symbol)]
    blotter.load(order.client_order_id for order in (*entries, *working))
    for order in list(blotter.orders.values()):
        blotter.act(take_exits_away(order, blotter.now, why))
    blotter.close()


def _close(
    engine: Engine,
    asked: Flatten,
    person: Principal,
    strategy: str,
    is_due: Callable[[str], bool],
    connection: Connection,
) -> list[ClosingItem]:
    """The closing signals of the positions that are due."""
    held = account_rows.by_symbol(account_rows.positions(connection, engine.settings.account))
    now = engine.around.clock.now()
    closes = [close for close in to_close(held, symbol=asked.symbol) if is_due(close.symbol)]
    return [_closed(engine, connection, close, strategy, person, asked, now) for close in closes]


def _allowed(state: TradingState, asked: Flatten, person: Principal) -> str:
    """The strategy of the closing signals; Problem 403 for who may not flatten now."""
    if state is not TradingState.HALTED:
        return MANUAL
    if asked.dry_run:
        return FLATTEN
    if person.role < Role.ADMIN or asked.confirm != CONFIRMATION:
        detail = f"trading is Halted: flatten needs the role {Role.ADMIN} and confirm to be {CONFIRMATION}"
        raise Problem(HTTPStatus.FORBIDDEN, detail, role=str(Role.ADMIN))
    return FLATTEN


def _closed(
    engine: Engine,
    connection: Connection,
    close: Close,
    strategy: str,
    person: Principal,
    asked: Flatten,
    now: datetime,
) -> ClosingItem:
    signal_id, quote = None, engine.market.quotes.get(close.symbol)
    if quote is None:
        logger.warning("not closed: there is no price to make a signal from", symbol=close.symbol)
    elif not asked.dry_run:
        signal = signal_of(
            account=engine.settings.account,
            strategy=strategy,
            quote=quote,
            side=close.side,
            quantity=close.quantity,
            intent=Intent.EXIT,
            terms=OrderTerms(),
            reason=f"{person.name}: {asked.reason}",
            now=now,
        )
        signal_id = id_of("signal", "flatten", engine.settings.account, close.symbol, now.isoformat())
        engine.publisher.tell_signal(connection, signal_id, signal, now)
    return ClosingItem(symbol=close.symbol, side=close.side, quantity=close.quantity, signal_id=signal_id)

"""The HTTP API that ends things: cancel-all and flatten, one call each, with a rehearsal that changes nothing."""

from datetime import datetime
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
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
from stockbot.execution_engine.manual import MANUAL, quote_of, signal_of
from stockbot.model.orders.admission import FLATTEN
from stockbot.model.orders.closing import Close, to_cancel, to_close
from stockbot.model.orders.order import Order
from stockbot.model.risk.trading_state import TradingState
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

CONFIRMATION = "FLATTEN"


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
        """Cancel every open order and close every position; risk decides each close as it decides any order."""
        flattened = await engine.desk.run(partial(_flatten, engine, asked, person))
        engine.cancels.wake()
        engine.signaled()
        return StructResponse(flattened)

    return router


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


def _flatten(engine: Engine, asked: Flatten, person: Principal, connection: Connection) -> Flattened:
    """Cancellations and closing signals in one transaction: whoever asks gets all of it or nothing."""
    strategy = _allowed(risk_rows.trading_state(connection), asked, person)
    working = to_cancel(order_rows.open_orders(connection).values(), symbol=asked.symbol)
    held = account_rows.by_symbol(account_rows.positions(connection, engine.settings.account))
    closes = to_close(held, symbol=asked.symbol)
    cancels = _canceled(engine, connection, working, person, asked)
    now = engine.around.clock.now()
    items = [_closed(engine, connection, close, strategy, person, asked, now) for close in closes]
    return Flattened(dry_run=asked.dry_run, cancels=cancels, closes=items)


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
    signal_id = None
    if not asked.dry_run:
        signal = signal_of(
            account=engine.settings.account,
            strategy=strategy,
            quote=quote_of(engine, close.symbol),
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

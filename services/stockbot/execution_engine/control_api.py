"""The HTTP API that ends things: cancel-all and flatten, one call each, with a rehearsal that changes nothing."""

from functools import partial
from http import HTTPStatus

import msgspec
from fastapi import APIRouter
from sqlalchemy import Connection

from stockbot.events.identity import id_of
from stockbot.events.trading import Flattening
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
from stockbot.execution_engine.watch_rows import PendingClose
from stockbot.model.orders.acts import take_exits_away
from stockbot.model.orders.closing import to_cancel, to_close
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
        engine.closes.wake()
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
    """Cancellations and closes in one transaction: whoever asks gets all of it or nothing."""
    flatten = _allowed(risk_rows.trading_state(connection), asked, person)
    found = order_rows.open_orders(connection).values()
    working = [order for order in found if asked.symbol in (None, order.symbol)]
    held = account_rows.positions(connection, engine.settings.account)
    closes = to_close(held, symbol=asked.symbol)
    cancels = _canceled(engine, connection, to_cancel(working), person, asked)
    pending = {}
    if not asked.dry_run:
        _take_exits_away(engine, connection, working, asked, f"{person.name}: {asked.reason}")
        # What works may be filled before it is canceled.
        symbols = sorted({one.symbol for one in closes} | {one.symbol for one in working})
        pending = _pending(engine, connection, symbols, flatten, person, asked)
    items = [ClosingItem(**msgspec.structs.asdict(one), correlationid=pending.get(one.symbol)) for one in closes]
    return Flattened(dry_run=asked.dry_run, cancels=cancels, closes=items)


def _take_exits_away(engine: Engine, connection: Connection, working: list[Order], asked: Flatten, why: str) -> None:
    """What is closed here is not closed by a bracket as well: neither by its next exit nor by its first."""
    blotter = engine.desk.blotter(connection)
    entries = [one for one in order_rows.entries(connection) if asked.symbol in (None, one.symbol)]
    blotter.load(order.client_order_id for order in (*entries, *working))
    for order in list(blotter.orders.values()):
        blotter.act(take_exits_away(order, blotter.now, why))
    blotter.close()


def _pending(
    engine: Engine, connection: Connection, symbols: list[str], flatten: Flattening, person: Principal, asked: Flatten
) -> dict[str, str]:
    """Commit the closes; each is asked of risk once nothing works in its symbol. Gives their chains by symbol."""
    now = engine.around.clock.now()
    account, reason = engine.settings.account, f"{person.name}: {asked.reason}"
    pending = [
        PendingClose(
            correlationid=id_of("flatten", account, symbol, now.isoformat()),
            symbol=symbol,
            flatten=flatten,
            reason=reason,
            asked_at=now,
        )
        for symbol in symbols
    ]
    watch_rows.add_closes(connection, pending)
    return {one.symbol: one.correlationid for one in pending}


def _allowed(state: TradingState, asked: Flatten, person: Principal) -> Flattening:
    """What the closing signals say; Problem 403 for who may not flatten now."""
    if state is not TradingState.HALTED:
        return Flattening.ASKED
    if asked.dry_run:
        return Flattening.CONFIRMED
    if person.role < Role.ADMIN or asked.confirm != CONFIRMATION:
        detail = f"trading is Halted: flatten needs the role {Role.ADMIN} and confirm to be {CONFIRMATION}"
        raise Problem(HTTPStatus.FORBIDDEN, detail, role=str(Role.ADMIN))
    return Flattening.CONFIRMED

"""The HTTP API of orders: lists, one with its timeline, a person's own order, and cancellation."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query
from sqlalchemy import Connection

from stockbot.execution_engine import execution_rows, manual, order_rows, watch_rows
from stockbot.execution_engine.answers import Accepted, ManualOrder, OrderAnswer, OrderItem, order_item
from stockbot.execution_engine.api import Filter, Paging, Trader, number_after
from stockbot.execution_engine.engine import Engine
from stockbot.execution_engine.order_rows import Shown, Wanted
from stockbot.runtime.auth import Principal
from stockbot.runtime.web.paging import HIGHEST_LIMIT, Page, page_of
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

NOTHING = msgspec.Raw(b"null")

Key = Annotated[str, Header(min_length=1, max_length=255, description="Any text; the same asks for the same order.")]
Why = Annotated[str, Query(min_length=1, max_length=1000, description="Why, in a few words.")]


def order_api(engine: Engine) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["orders"])
    storage = engine.around.storage

    @router.get("/orders", responses=described(Page[OrderItem]))
    async def orders(
        page: Paging,
        state: Annotated[Shown, Query(description="The open ones, or all.")] = Shown.ALL,
        symbol: Filter = None,
        strategy: Filter = None,
        signal_id: Filter = None,
    ) -> StructResponse:
        """Orders, the newest first."""
        wanted = Wanted(
            limit=page.limit,
            before=number_after(page),
            shown=state,
            symbol=symbol,
            strategy=strategy,
            signal_id=signal_id,
            correlationid=page.correlationid,
        )
        found = await storage.read(partial(order_rows.listed, wanted=wanted))
        return StructResponse(page_of([order_item(one) for one in found], page.limit, lambda item: (item.number,)))

    @router.get("/orders/{client_order_id}", responses=described(OrderAnswer))
    async def order(client_order_id: str) -> StructResponse:
        """One order with its timeline, its fills and the approval behind it."""
        return StructResponse(await storage.read(partial(_answer, client_order_id=client_order_id)))

    @router.post("/orders", status_code=HTTPStatus.ACCEPTED, responses=described(Accepted))
    async def place(asked: ManualOrder, person: Trader, idempotency_key: Key) -> StructResponse:
        """Ask for an order: it becomes a signal, and risk decides. The same key never asks twice."""
        made = await manual.place(engine, asked, person.name, idempotency_key)
        return StructResponse(made, HTTPStatus.ACCEPTED)

    @router.delete("/orders/{client_order_id}", status_code=HTTPStatus.ACCEPTED, responses=described(OrderItem))
    async def cancel(client_order_id: str, person: Trader, reason: Why = "canceled by hand") -> StructResponse:
        """Ask for the cancellation of an order; nothing stands in its way, and it is repeated until it has ended."""
        item = await engine.desk.run(partial(_cancel, engine, person, client_order_id, reason))
        engine.cancels.wake()
        return StructResponse(item, HTTPStatus.ACCEPTED)

    return router


def _answer(connection: Connection, client_order_id: str) -> OrderAnswer:
    found = order_rows.numbered(connection, client_order_id)
    if found is None:
        raise _unknown(client_order_id)
    fills = execution_rows.Wanted(limit=HIGHEST_LIMIT, client_order_id=client_order_id)
    approval = order_rows.approval_of(connection, client_order_id)
    return OrderAnswer(
        order=order_item(found),
        timeline=order_rows.timeline(connection, client_order_id),
        executions=execution_rows.listed(connection, fills),
        approval=NOTHING if approval is None else msgspec.Raw(approval),
        replaced_by=found.order.replaced_by,
    )


def _cancel(engine: Engine, person: Principal, client_order_id: str, reason: str, connection: Connection) -> OrderItem:
    found = order_rows.numbered(connection, client_order_id)
    if found is None:
        raise _unknown(client_order_id)
    if not found.order.is_open:
        raise Problem(HTTPStatus.CONFLICT, f"order {client_order_id} has ended: it is {found.order.state}")
    (after,) = engine.cancels.ask(connection, [found.order], f"{person.name}: {reason}")
    now = engine.around.clock.now()
    watch_rows.audit(connection, person.name, "cancel", client_order_id, reason, now)
    return order_item(order_rows.Numbered(found.number, after))


def _unknown(client_order_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"there is no order {client_order_id}")

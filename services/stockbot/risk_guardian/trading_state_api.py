"""The HTTP API of the trading state: what it is, its history, a person's choice, and what the operator declares."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from stockbot.model.risk.trading_state import Change, TradingStatus, choose
from stockbot.risk_guardian import store, trading_state_rows
from stockbot.risk_guardian.answers import DeclaredRequest, StateAnswer, StateRequest, state_answer
from stockbot.risk_guardian.api import Paging, number_after
from stockbot.risk_guardian.market import Market
from stockbot.risk_guardian.publisher import Publisher
from stockbot.risk_guardian.state_changes import change_state, declare_state, is_tightening
from stockbot.risk_guardian.trading_state_rows import StateChange
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import Page, page_of
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described

Trader = Annotated[Principal, Depends(require(Role.TRADER))]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]


def trading_state_api(
    storage: Transactions, publisher: Publisher, market: Callable[[], Market], committed: Callable[[], None]
) -> APIRouter:
    """The routes under /api/v1; `committed` is called after each change."""
    router = APIRouter(prefix="/api/v1", tags=["trading state"])

    @router.get("/trading-state", responses=described(StateAnswer))
    async def state() -> StructResponse:
        """The trading state: what counts, and what it is made of."""
        return StructResponse(await storage.read(lambda c: _answer(c, trading_state_rows.read(c))))

    @router.put("/trading-state", responses=described(StateAnswer))
    async def choose_state(asked: StateRequest, person: Trader) -> StructResponse:
        """Choose the state: a trader may tighten it, an admin may loosen it. It ends what limits have tightened."""
        answer = await storage.run(lambda c: _answer(c, _choose(publisher, market(), person, asked, c)))
        committed()
        return StructResponse(answer)

    @router.put("/declared-state", responses=described(StateAnswer))
    async def declared_state(asked: DeclaredRequest, person: Admin) -> StructResponse:
        """Take over what the document declares; the operator tells it here."""
        change = Change(who=person.name, when=market().now, why="declared by the document")
        answer = await storage.run(lambda c: _answer(c, declare_state(c, publisher, asked.state, change)))
        committed()
        return StructResponse(answer)

    @router.get("/trading-state/history", responses=described(Page[StateChange]))
    async def history(page: Paging) -> StructResponse:
        """Who changed the trading state, when and why; the newest first."""
        found = await storage.read(lambda c: trading_state_rows.history(c, page.limit, number_after(page)))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    return router


def _answer(connection: Connection, status: TradingStatus) -> StateAnswer:
    return state_answer(status, store.orders_put_aside(connection))


def _choose(
    publisher: Publisher, market: Market, person: Principal, asked: StateRequest, connection: Connection
) -> TradingStatus:
    change = Change(who=person.name, when=market.now, why=asked.reason)
    before = trading_state_rows.lock(connection)
    after = choose(before, asked.state, change, session=market.session_date())
    if person.role < Role.ADMIN and not is_tightening(before, after):
        raise _only_an_admin(person, before, after)
    return change_state(connection, publisher, before, after)


def _only_an_admin(person: Principal, before: TradingStatus, after: TradingStatus) -> Problem:
    detail = (
        f"{person.name} has the role {person.role}, which may tighten the trading state; from {before.effective} "
        f"to {after.effective} loosens it or ends what a limit has tightened, and needs the role {Role.ADMIN}"
    )
    return Problem(HTTPStatus.FORBIDDEN, detail, role=str(Role.ADMIN))

"""The Execution Engine's HTTP API about what is: executions, the comparison with the broker, draining."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from stockbot.execution_engine import acceptance, execution_rows, watch_rows
from stockbot.execution_engine.answers import Acceptance, Because, ReconciliationAnswer
from stockbot.execution_engine.drain import DrainAnswer
from stockbot.execution_engine.engine import Engine
from stockbot.execution_engine.execution_rows import ExecutionItem, Wanted
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.web.paging import Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described

Paging = Annotated[PageParameters, Depends(page_parameters)]
Trader = Annotated[Principal, Depends(require(Role.TRADER))]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
Filter = Annotated[str | None, Query(min_length=1, max_length=128, description="Only these.")]


def execution_api(engine: Engine) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["execution"])
    storage = engine.around.storage

    @router.get("/executions", responses=described(Page[ExecutionItem]))
    async def executions(page: Paging, symbol: Filter = None, strategy: Filter = None) -> StructResponse:
        """Fills, the newest first."""
        wanted = Wanted(
            limit=page.limit,
            before=number_after(page),
            symbol=symbol,
            strategy=strategy,
            correlationid=page.correlationid,
        )
        found = await storage.read(partial(execution_rows.listed, wanted=wanted))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    @router.get("/reconciliation", responses=described(ReconciliationAnswer))
    async def reconciliation() -> StructResponse:
        """Whether our books are the broker's, and every difference that is not resolved."""
        return StructResponse(await _reconciliation(engine))

    @router.post("/reconciliation", status_code=HTTPStatus.ACCEPTED)
    async def compare(person: Trader) -> StructResponse:
        """Compare now."""
        await _audit(engine, person, "reconcile", engine.settings.account, "")
        engine.reconciler.wake()
        return StructResponse(await _reconciliation(engine), HTTPStatus.ACCEPTED)

    @router.post("/reconciliation/accept", responses=described(ReconciliationAnswer))
    async def accept(asked: Acceptance, person: Admin) -> StructResponse:
        """The broker is right about one difference: our books become as its."""
        prices = acceptance.prices_of(engine.market.quotes, engine.comparison.costs)
        await engine.desk.run(partial(acceptance.accept, engine.desk, prices, asked, person.name))
        engine.reconciler.wake()
        return StructResponse(await _reconciliation(engine))

    @router.get("/drain", responses=described(DrainAnswer))
    async def drain() -> StructResponse:
        """Whether approvals are taken, and what is in flight."""
        return StructResponse(engine.drain.answer(await engine.in_flight()))

    @router.post("/drain", responses=described(DrainAnswer))
    async def begin_drain(asked: Because, person: Admin) -> StructResponse:
        """Take no more approvals; what is in flight is finished, and working orders stay as they are."""
        await _audit(engine, person, "drain", engine.settings.account, asked.reason)
        engine.drain.since = engine.drain.since or engine.around.clock.now()
        return StructResponse(engine.drain.answer(await engine.in_flight()))

    @router.delete("/drain", responses=described(DrainAnswer))
    async def end_drain(person: Admin) -> StructResponse:
        """Take approvals again."""
        await _audit(engine, person, "serve", engine.settings.account, "")
        engine.drain.since = None
        return StructResponse(engine.drain.answer(await engine.in_flight()))

    return router


def number_after(page: PageParameters) -> int | None:
    """The number in a cursor of ours; Problem 422 for another list's."""
    if page.after is None:
        return None
    number = page.after[0] if page.after else None
    if not isinstance(number, int):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this cursor belongs to another list")
    return number


async def _reconciliation(engine: Engine) -> ReconciliationAnswer:
    known = engine.reconciler
    return ReconciliationAnswer(
        state=known.state,
        reason=known.reason,
        last_at=known.last_at,
        account=known.account,
        drifts=await engine.around.storage.read(watch_rows.drifts),
    )


async def _audit(engine: Engine, person: Principal, what: str, subject: str, why: str) -> None:
    now = engine.around.clock.now()
    await engine.around.storage.run(
        partial(watch_rows.audit, who=person.name, what=what, subject=subject, why=why, now=now)
    )

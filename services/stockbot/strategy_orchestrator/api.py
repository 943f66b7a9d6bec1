"""The orchestrator's HTTP API: the strategies and how they fare, start, pause and stop, the signals, the catalogue."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from msgspec import Meta
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.responses import Response

from stockbot.events.envelope import Time
from stockbot.model.strategies.catalogue import BUILT_IN, Description, describe
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.bus import ShardNotes
from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import PRINTABLE, Page, PageParameters, Position, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator import register, store
from stockbot.strategy_orchestrator.items import Known, Runs, StrategyDetail, StrategyItem, detail_of, item_of
from stockbot.strategy_orchestrator.register import Desire
from stockbot.strategy_orchestrator.service import Orchestrator
from stockbot.strategy_orchestrator.store import SignalItem

Paging = Annotated[PageParameters, Depends(page_parameters)]
Trader = Annotated[Principal, Depends(require(Role.TRADER))]
Name = Annotated[str, Path(min_length=1, max_length=40, description="The name of a strategy of the document.")]

_Cursor = tuple[Time, Annotated[str, Meta(pattern=PRINTABLE)]]


class Reason(BaseModel):
    """Why; it is kept beside who and when."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, pattern=PRINTABLE)


def orchestrator_api(
    orchestrator: Orchestrator, storage: Transactions, notes: ShardNotes[Runs], clock: Clock
) -> APIRouter:
    """The routes under /api/v1; every shard answers for all of them. `notes` are what the shards say of their runs."""
    router = APIRouter(prefix="/api/v1", tags=["strategies"])

    @router.get("/strategies", responses=described(Page[StrategyItem]))
    async def strategies(page: Paging) -> StructResponse:
        """All strategies of the document, by name."""
        names = sorted(spec.name for spec in orchestrator.specs)
        wanted = [name for name in names if page.after is None or name > str(page.after[0])][: page.limit + 1]
        known = await storage.read(partial(_known, names=wanted))
        return StructResponse(
            page_of([item_of(orchestrator, known, name) for name in wanted], page.limit, lambda item: (item.id,))
        )

    @router.get("/strategies/{name}", responses=described(StrategyDetail))
    async def strategy(name: Name) -> StructResponse:
        """One strategy, with the JSON schema of its class's parameters."""
        _check_name(orchestrator, name)
        known = await storage.read(partial(_known, names=[name]))
        return StructResponse(detail_of(orchestrator, known, name, await notes.of_others()))

    async def ask(name: str, desire: Desire, who: Principal, why: str) -> StructResponse:
        spec = _check_name(orchestrator, name)
        wish = partial(register.ask, strategy=name, desire=desire, enabled=spec.enabled, who=who.name, why=why)
        await storage.run(lambda connection: wish(connection, now=clock.now()))
        known = await storage.read(partial(_known, names=[name]))
        return StructResponse(item_of(orchestrator, known, name), HTTPStatus.ACCEPTED)

    @router.post("/strategies/{name}/start", status_code=202, responses=described(StrategyItem))
    async def start(name: Name, body: Reason, who: Trader) -> Response:
        """Have it run, whatever the document says and until it is changed; a failed one is tried again."""
        return await ask(name, Desire.RUNNING, who, body.reason)

    @router.post("/strategies/{name}/pause", status_code=202, responses=described(StrategyItem))
    async def pause(name: Name, body: Reason, who: Trader) -> Response:
        """Have it learn on and signal nothing."""
        return await ask(name, Desire.PAUSED, who, body.reason)

    @router.post("/strategies/{name}/stop", status_code=202, responses=described(StrategyItem))
    async def stop(name: Name, body: Reason, who: Trader) -> Response:
        """Have it stop, also after a restart of the service; its position stays."""
        return await ask(name, Desire.STOPPED, who, body.reason)

    @router.get("/signals", responses=described(Page[SignalItem]))
    async def signals(
        page: Paging,
        strategy: Annotated[
            str | None, Query(max_length=128, pattern=PRINTABLE, description="Only those of this strategy.")
        ] = None,
    ) -> StructResponse:
        """The committed signals, the newest first, with the answer that each one got."""
        find = partial(
            store.signals,
            limit=page.limit + 1,
            after=_after(page.after),
            strategy=strategy,
            correlationid=page.correlationid,
        )
        return StructResponse(page_of(await storage.read(find), page.limit, _position))

    @router.get("/catalogue", responses=described(Page[Description]))
    async def catalogue() -> StructResponse:
        """The classes of strategies there are: those built in, and those of your own that could be loaded."""
        kinds = {kind.__name__: kind for kind in (*orchestrator.own.kinds.values(), *BUILT_IN.values())}
        return StructResponse(Page([describe(kinds[name]) for name in sorted(kinds)]))

    return router


def _known(connection: Connection, names: list[str]) -> Known:
    return Known(
        requests=register.requests(connection),
        standings=register.standings(connection),
        last_signals=store.last_signals(connection, names),
    )


def _check_name(orchestrator: Orchestrator, name: str) -> Strategy:
    found = next((spec for spec in orchestrator.specs if spec.name == name), None)
    if found is None:
        known = ", ".join(sorted(spec.name for spec in orchestrator.specs)[:20]) or "none"
        raise Problem(HTTPStatus.NOT_FOUND, f"{name} is not a strategy of this orchestrator; it has {known}")
    return found


def _position(item: SignalItem) -> Position:
    return item.made_at.isoformat(), item.id


def _after(position: Position | None) -> tuple[datetime, str] | None:
    if position is None:
        return None
    try:
        at, signal_id = msgspec.convert(position, _Cursor)
    except msgspec.ValidationError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this is not a cursor of this list") from None
    return at, signal_id

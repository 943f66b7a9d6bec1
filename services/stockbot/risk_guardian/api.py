"""The Risk Guardian's HTTP API: limits, exposure, decisions, and the what-if check."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import Connection

from stockbot.risk_guardian import decision_rows, what_if
from stockbot.risk_guardian.answers import CheckAnswer, CheckRequest, DecisionAnswer
from stockbot.risk_guardian.decision_rows import DecisionItem, Outcome, Wanted
from stockbot.risk_guardian.docket import Docket
from stockbot.risk_guardian.views import Exposure, LimitUse, exposure, limit_uses
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import PRINTABLE, Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

Paging = Annotated[PageParameters, Depends(page_parameters)]


def risk_api(storage: Transactions, docket: Callable[[Connection], Docket]) -> APIRouter:
    """The routes under /api/v1; `docket` gives accounts and market as they are now."""
    router = APIRouter(prefix="/api/v1", tags=["risk"])

    @router.get("/limits", responses=described(Page[LimitUse]))
    async def limits() -> StructResponse:
        """Every limit of every account, and how far it is used."""
        now = await storage.read(docket)
        return StructResponse(Page([use for opened in now.accounts.values() for use in limit_uses(now, opened)]))

    @router.get("/exposure", responses=described(Page[Exposure]))
    async def exposures() -> StructResponse:
        """Every account: cash, holds, positions and what they may become."""
        now = await storage.read(docket)
        return StructResponse(Page([exposure(opened) for opened in now.accounts.values()]))

    @router.get("/decisions", responses=described(Page[DecisionItem]))
    async def decisions(
        page: Paging,
        outcome: Annotated[Outcome | None, Query(description="Only these.")] = None,
        strategy: Annotated[
            str | None, Query(min_length=1, max_length=128, pattern=PRINTABLE, description="Only its signals.")
        ] = None,
    ) -> StructResponse:
        """Decisions, the newest first."""
        wanted = Wanted(
            limit=page.limit,
            before=number_after(page),
            outcome=outcome,
            strategy=strategy,
            correlationid=page.correlationid,
        )
        found = await storage.read(lambda connection: decision_rows.listed(connection, wanted))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    @router.get("/decisions/{decision_id}", responses=described(DecisionAnswer))
    async def decision(decision_id: Annotated[str, Path(max_length=128, pattern=PRINTABLE)]) -> StructResponse:
        """One decision with the inputs that it was made from."""
        found = await storage.read(lambda connection: decision_rows.inputs_of(connection, decision_id))
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no decision {decision_id}")
        return StructResponse(DecisionAnswer(decision=found[0], inputs=msgspec.Raw(found[1])))

    @router.post("/check", responses=described(CheckAnswer))
    async def check(asked: CheckRequest) -> StructResponse:
        """What if: every check of such an order now, with its numbers; nothing is decided or held."""
        now = await storage.read(docket)
        try:
            return StructResponse(what_if.answer(now, asked))
        except ValueError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body: {error}") from error

    return router


def number_after(page: PageParameters) -> int | None:
    """The number in a cursor of ours; Problem 422 for another list's."""
    if page.after is None:
        return None
    number = page.after[0] if page.after else None
    if not isinstance(number, int):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this cursor belongs to another list")
    return number

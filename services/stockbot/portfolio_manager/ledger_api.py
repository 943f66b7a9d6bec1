"""The HTTP API of the ledger: its entries, entries by a person, and the statement to keep."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError
from starlette.responses import StreamingResponse

from stockbot.errors import Conflict
from stockbot.portfolio_manager import booked_rows, ledger_rows, statement, store
from stockbot.portfolio_manager.api import Desk, Name, Paging, Time, number_after
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.corrections import book_correction
from stockbot.portfolio_manager.ledger_rows import EntryItem, Wanted
from stockbot.portfolio_manager.requests import EntryRequest, correction_of
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.web.paging import Page, page_of
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described

Format = Annotated[Literal["json", "csv"], Query(alias="format")]
AT_ONCE = 1000  # entries of a statement in one read

Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
Key = Annotated[
    str, Header(alias="Idempotency-Key", min_length=1, max_length=128, description="Your own name for this entry.")
]


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What it takes to book: `fence` raises where this process may not write; `committed` is called after."""

    terms: Callable[[], Terms]
    fence: Callable[[Connection], None]
    committed: Callable[[], None]


def ledger_api(desk: Desk, writing: Writing) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["ledger"])

    @router.get("/ledger", responses=described(Page[EntryItem]))
    async def ledger(page: Paging, account: Name = None) -> StructResponse:
        """Entries, the newest first; the money of each adds up to zero."""
        wanted = Wanted(limit=page.limit, before=number_after(page), account=account, correlationid=page.correlationid)
        found = await desk.storage.read(lambda connection: ledger_rows.entries(connection, wanted))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    @router.post("/ledger", status_code=HTTPStatus.CREATED, responses=described(EntryItem))
    async def enter(asked: EntryRequest, person: Admin, key: Key) -> StructResponse:
        """Book what no order led to. The same key again books nothing, and answers with the first entry."""
        account = asked.account or desk.account
        booked = await desk.storage.run(
            partial(_book, terms=writing.terms(), fence=writing.fence, asked=asked, account=account, who=(person, key))
        )
        writing.committed()
        return StructResponse(booked, HTTPStatus.CREATED)

    @router.get("/statement", response_class=StreamingResponse)
    async def of_statement(
        account: Name = None, start: Time = None, end: Time = None, wanted: Format = "json"
    ) -> StreamingResponse:
        """The ledger of a time as a file, in the order of booking."""
        name = account or desk.account
        await desk.views(name)
        return _download(desk, name, start, end, as_csv=wanted == "csv")

    return router


def _book(
    connection: Connection,
    terms: Terms,
    fence: Callable[[Connection], None],
    asked: EntryRequest,
    account: str,
    who: tuple[Principal, str],
) -> EntryItem:
    fence(connection)
    batch = store.begin(connection, terms, {(account, asked.symbol or "")})
    if account not in batch.accounts:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no account {account}")
    person, key = who
    held = batch.book(account, asked.symbol).account.quantity if asked.symbol else Decimal(0)
    try:
        correction = correction_of(asked, account, key=key, person=person.name, held=held, at=terms.now)
        digest = asked.digest(account)
        entry_id = book_correction(connection, batch, correction, digest)
        if batch.entries:
            booked_rows.keep(connection, batch)
    except ValueError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body: {error}") from error
    except StatementError as error:
        if not isinstance(error.orig, ValueError):
            raise
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body: it leads too far: {error.orig}") from error
    entry, first = ledger_rows.entry(connection, entry_id)
    if first != digest:
        raise Conflict(f"entry {entry_id} is booked already, and it was asked for with another body: {entry.memo}")
    return entry


def _download(
    desk: Desk, account: str, start: datetime | None, end: datetime | None, *, as_csv: bool
) -> StreamingResponse:
    async def pages(after: int) -> Sequence[EntryItem]:
        return await desk.storage.read(
            lambda connection: ledger_rows.entries_of(connection, account, start, end, after, AT_ONCE)
        )

    head = {"account": account, "start": start, "end": end}
    content: AsyncIterator[str | bytes] = statement.as_csv(pages) if as_csv else statement.as_json(pages, head)
    media_type, ending = ("text/csv; charset=utf-8", "csv") if as_csv else ("application/json", "json")
    disposition = f'attachment; filename="statement.{ending}"'
    return StreamingResponse(content, media_type=media_type, headers={"Content-Disposition": disposition})

"""/api/v1/dead-letters of every service with a worker: what it could not take in, and a person's word on it."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table

from stockbot.runtime import dead_letters
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.clock import Clock
from stockbot.runtime.dead_letters import KeptLetter
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import PRINTABLE, Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described

LONGEST_ID = 256
Paging = Annotated[PageParameters, Depends(page_parameters)]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
LetterId = Annotated[str, Path(max_length=LONGEST_ID, pattern=PRINTABLE, description="With the slashes that it has.")]


class Standing(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


class LetterItem(Struct, frozen=True, kw_only=True):
    """A dead letter. `resolution` says what a person wants of it, and at last what became of it."""

    letter_id: str
    stream: str
    consumer: str
    reason: str
    received_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    document: str


class Because(BaseModel):
    """Why a person says so; it is kept with the letter."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, pattern=PRINTABLE, description="In a few words.")


def dead_letters_api(storage: Transactions, table: Table, clock: Clock) -> APIRouter:
    """The routes over the dead letters in `table`."""
    router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"])

    @router.get("", responses=described(Page[LetterItem]))
    async def letters(
        page: Paging, state: Annotated[Standing, Query(description="Only these.")] = Standing.OPEN
    ) -> StructResponse:
        """The dead letters, the newest first, with their events as they came."""
        resolved = None if state is Standing.ALL else state is Standing.RESOLVED
        wanted = partial(dead_letters.listed, table=table, resolved=resolved, after=after(page), limit=page.limit)
        found = [item_of(letter) for letter in await storage.read(wanted)]
        return StructResponse(page_of(found, page.limit, lambda last: (last.received_at.isoformat(), last.letter_id)))

    @router.post("/{letter_id:path}/replay", status_code=HTTPStatus.ACCEPTED, responses=described(LetterItem))
    async def replay(letter_id: LetterId, asked: Because, person: Admin) -> StructResponse:
        """Have the event taken in again, within seconds: the letter is over if that works, else it has a new reason."""
        ask = partial(dead_letters.ask_for_replay, table=table, letter_id=letter_id, who=person.name, why=asked.reason)
        return await changed(letter_id, ask, HTTPStatus.ACCEPTED)

    @router.post("/{letter_id:path}/resolve", responses=described(LetterItem))
    async def resolve(letter_id: LetterId, asked: Because, person: Admin) -> StructResponse:
        """Say that the letter is dealt with otherwise: its event is never taken in."""
        end = partial(dead_letters.resolve, table=table, letter_id=letter_id, who=person.name, why=asked.reason)
        return await changed(letter_id, partial(end, now=clock.now()), HTTPStatus.OK)

    async def changed(letter_id: str, change: Callable[[Connection], KeptLetter], status: HTTPStatus) -> StructResponse:
        if await storage.read(lambda connection: dead_letters.find(connection, table, letter_id)) is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no dead letter {letter_id} here")
        return StructResponse(item_of(await storage.run(change)), status)

    return router


def item_of(letter: KeptLetter) -> LetterItem:
    """A letter as it is shown: bytes that are no text are replaced."""
    return LetterItem(**vars(letter) | {"document": letter.document.decode(errors="replace")})


def after(page: PageParameters) -> tuple[datetime, str] | None:
    """The place in a cursor of ours; Problem 422 for another list's."""
    if page.after is None:
        return None
    try:
        at, letter_id = page.after
        return _moment(at), str(letter_id)
    except (TypeError, ValueError):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this cursor belongs to another list") from None


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(text)  # type: ignore[arg-type] # what is no text raises a TypeError
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment

"""The HTTP API of silences and channels: what is kept quiet, and whether messages arrive."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter
from sqlalchemy import Connection

from stockbot.alert_manager import delivery_rows, silence_rows
from stockbot.alert_manager.answers import (
    ChannelItem,
    SilenceItem,
    SilenceRequest,
    TestAnswer,
    channel_item,
    silence_item,
    silence_of,
)
from stockbot.alert_manager.api import Paging, Trader, number_after
from stockbot.alert_manager.delivery_rows import ChannelState
from stockbot.alert_manager.dispatch import Dispatch
from stockbot.model.alerts.silences import Silence
from stockbot.model.alerts.wording import test_message
from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import Page, page_of
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described


def silences_api(storage: Transactions, clock: Clock) -> APIRouter:
    """The routes of silences under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["silences"])

    @router.get("/silences", responses=described(Page[SilenceItem]))
    async def silences(page: Paging) -> StructResponse:
        """Silences, the newest first, those that have ended as well."""
        found = await storage.read(lambda connection: silence_rows.listed(connection, page.limit, number_after(page)))
        shown = page_of(found, page.limit, lambda one: (one.number,))
        return StructResponse(Page([silence_item(one.silence, clock.now()) for one in shown.items], shown.next))

    @router.post("/silences", status_code=HTTPStatus.CREATED, responses=described(SilenceItem))
    async def silence(asked: SilenceRequest, person: Trader) -> StructResponse:
        """Keep quiet about some alerts for a while; they are kept, and told at its end if they still hold."""
        if asked.fingerprint_prefix is None and asked.service is None and asked.severity is None:
            detail = "body: say what to silence: fingerprint_prefix, service or severity; everything is too much"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        made = silence_of(asked, f"silence-{uuid4().hex}", person.name, clock.now())
        await storage.run(partial(_begin, made=made))
        return StructResponse(silence_item(made, clock.now()), HTTPStatus.CREATED)

    @router.delete("/silences/{silence_id}", responses=described(SilenceItem))
    async def end(silence_id: str, person: Trader) -> StructResponse:
        """End a silence now: what still holds is told."""
        ended = await storage.run(partial(_end, silence_id=silence_id, who=person.name, clock=clock))
        if ended is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no silence {silence_id}")
        return StructResponse(silence_item(ended, clock.now()))

    return router


def channels_api(storage: Transactions, dispatches: Sequence[Dispatch], console: str | None, clock: Clock) -> APIRouter:
    """The routes of channels under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["channels"])
    by_name = {dispatch.channel.name: dispatch for dispatch in dispatches}

    @router.get("/channels", responses=described(Page[ChannelItem]))
    async def channels() -> StructResponse:
        """The document's channels, and how they are."""
        states, pending = await storage.read(_channels)
        items = [
            channel_item(one.channel, states.get(name, ChannelState()), pending.get(name, 0), one.muted_until)
            for name, one in by_name.items()
        ]
        return StructResponse(Page(items))

    @router.post("/channels/{name}/test", responses=described(TestAnswer))
    async def test(name: str, person: Trader) -> StructResponse:
        """Send a test message, and wait for what becomes of it."""
        if name not in by_name:
            known = ", ".join(by_name) or "there are none"
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no channel {name}; the document has: {known}")
        await storage.run(lambda c: _record(c, person.name, "test channel", name, "", clock))
        reason = await by_name[name].test(test_message(name, person.name, console=console))
        return StructResponse(TestAnswer(delivered=not reason, reason=reason))

    return router


def _begin(connection: Connection, made: Silence) -> None:
    silence_rows.add(connection, made)
    silence_rows.record(
        connection, who=made.created_by, what="silence", subject=made.silence_id, why=made.reason, at=made.created_at
    )


def _end(connection: Connection, silence_id: str, who: str, clock: Clock) -> Silence | None:
    silence_rows.end(connection, silence_id, clock.now())
    found = silence_rows.one(connection, silence_id)
    if found is not None:
        _record(connection, who, "end silence", silence_id, "", clock)
    return found


def _record(connection: Connection, who: str, what: str, subject: str, why: str, clock: Clock) -> None:
    silence_rows.record(connection, who=who, what=what, subject=subject, why=why, at=clock.now())


def _channels(connection: Connection) -> tuple[dict[str, ChannelState], dict[str, int]]:
    return delivery_rows.channel_states(connection), dict(delivery_rows.count_pending(connection))

"""The Alert Manager's HTTP API: the inbox, who looks after what, and what the watchdog sees."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection

from stockbot.alert_manager import delivery_rows, matter_rows, silence_rows
from stockbot.alert_manager.answers import AcknowledgeRequest, AlertItem, ServiceItem, alert_item, service_item
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.matter_rows import NumberedMatter, Wanted
from stockbot.alert_manager.records import Records
from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Standing
from stockbot.model.alerts.watchdog import Watched
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import require
from stockbot.runtime.web.structs import StructResponse, described

Paging = Annotated[PageParameters, Depends(page_parameters)]
Trader = Annotated[Principal, Depends(require(Role.TRADER))]


class State(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ALL = "all"


def alerts_api(
    storage: Transactions, records: Records, desk: Desk, watched: Callable[[], Mapping[str, Watched]]
) -> APIRouter:
    """The routes of alerts and services under /api/v1; `watched` is what the watchdog saw last."""
    router = APIRouter(prefix="/api/v1", tags=["alerts"])

    @router.get("/alerts", responses=described(Page[AlertItem]))
    async def alerts(
        page: Paging,
        state: Annotated[State, Query(description="Only these.")] = State.ALL,
        severity: Annotated[Severity | None, Query(description="Only these.")] = None,
    ) -> StructResponse:
        """Alerts, the newest first. While the database is away: those of meanwhile."""
        wanted = Wanted(
            limit=page.limit,
            before=number_after(page),
            state=None if state is State.ALL else Standing(state.value),
            severity=severity,
            correlationid=page.correlationid,
        )
        source = records if records.waiting else storage
        found = await source.read(lambda connection: _items(connection, matter_rows.listed(connection, wanted), desk))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    @router.get("/alerts/{alert_id}", responses=described(AlertItem))
    async def alert(alert_id: str) -> StructResponse:
        """One alert."""
        source = records if records.waiting else storage
        return StructResponse(_the_one(alert_id, await source.read(lambda c: _item(c, alert_id, desk))))

    @router.post("/alerts/{alert_id}/ack", responses=described(AlertItem))
    async def acknowledge(alert_id: str, asked: AcknowledgeRequest, person: Trader) -> StructResponse:
        """Say that you look after it: it is not passed on to others."""

        def write(connection: Connection) -> list[AlertItem]:
            desk.acknowledge(connection, alert_id, person.name, asked.note)
            return _item(connection, alert_id, desk)

        return StructResponse(_the_one(alert_id, await storage.run(write)))

    @router.get("/services", responses=described(Page[ServiceItem]))
    async def services() -> StructResponse:
        """What the watchdog sees of every service, of the bus and of the database."""
        return StructResponse(Page([service_item(one) for _, one in sorted(watched().items())]))

    return router


def number_after(page: PageParameters) -> int | None:
    """The number in a cursor of ours; Problem 422 for another list's."""
    if page.after is None:
        return None
    number = page.after[0] if page.after else None
    if not isinstance(number, int):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this cursor belongs to another list")
    return number


def _item(connection: Connection, alert_id: str, desk: Desk) -> list[AlertItem]:
    return _items(connection, matter_rows.numbered(connection, alert_id), desk)


def _items(connection: Connection, found: list[NumberedMatter], desk: Desk) -> list[AlertItem]:
    now = desk.clock.now()
    silences = silence_rows.active(connection, now)
    deliveries = delivery_rows.of_alerts(connection, [one.matter.alert_id for one in found])
    return [alert_item(one.number, one.matter, deliveries.get(one.matter.alert_id, []), silences, now) for one in found]


def _the_one(alert_id: str, found: list[AlertItem]) -> AlertItem:
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no alert {alert_id}")
    return found[0]

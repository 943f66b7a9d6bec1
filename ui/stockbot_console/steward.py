"""Who knows how all services of this platform stand, and what runs for them: `stockbot up`, or the cluster's API.

As everywhere in the console, no call raises for what another process does: what could not be had is a `Failure`.
"""

from collections.abc import Awaitable
from typing import TypeVar

from stockbot.errors import StockbotError
from stockbot.fleet import Happening, Instance, Service
from stockbot.runtime.fleet import Change, Fleet
from stockbot_console.answers import Failure

T = TypeVar("T")


class Steward:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    @property
    def place(self) -> str:
        """Where the services run, for a heading."""
        return self._fleet.place

    @property
    def is_cluster(self) -> bool:
        return self._fleet.is_cluster

    async def services(self) -> tuple[Service, ...] | Failure:
        return await _told(self._fleet.services())

    async def instances(self, service: str) -> tuple[Instance, ...] | Failure:
        """The processes or pods of the service."""
        return await _told(self._fleet.instances(service))

    async def happenings(self, service: str) -> tuple[Happening, ...] | Failure:
        """The last events about the service, the newest first."""
        return await _told(self._fleet.happenings(service))

    async def change(self, change: Change) -> Failure | None:
        """Ask for it; None where it was taken on."""
        answer = await _told(self._fleet.change(change))
        return answer if isinstance(answer, Failure) else None

    async def close(self) -> None:
        await self._fleet.close()


async def _told(asked: Awaitable[T]) -> T | Failure:
    try:
        return await asked
    except StockbotError as error:
        reason = str(error)
        return Failure(reason=f"{reason[:1].upper()}{reason[1:]}", remedy="")

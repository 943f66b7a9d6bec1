"""The services of one machine, as `stockbot up` reports them, and the wish to restart one."""

from pathlib import Path

from stockbot.errors import Conflict
from stockbot.fleet import Happening, Instance, Service
from stockbot.runtime.clock import Clock
from stockbot.runtime.fleet.fleet import Change
from stockbot.runtime.fleet.report import Wish, leave_wish, read_report


class LocalFleet:
    """Reads anew at each question: the report is a few kilobytes."""

    is_cluster = False

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder.absolute()
        self._clock = clock

    @property
    def place(self) -> str:
        return f"stockbot up over {self._folder}"

    async def services(self) -> tuple[Service, ...]:
        return read_report(self._folder, self._clock.now()).services

    async def instances(self, service: str) -> tuple[Instance, ...]:
        found = [one.instances for one in await self.services() if one.name == service]
        return found[0] if found else ()

    async def happenings(self, service: str) -> tuple[Happening, ...]:
        """None: on one machine the log has them."""
        return ()

    async def change(self, change: Change) -> None:
        """Ask for a restart; Conflict for what only a document can change here."""
        if not change.restart:
            raise Conflict(
                f"On one machine {change.service} is suspended and scaled in its document: change it, then start"
                " `stockbot up` again."
            )
        await self.services()  # nobody takes wishes where nobody reports
        leave_wish(self._folder, Wish(restart=change.service, who=change.who, why=change.why, at=self._clock.now()))

    async def close(self) -> None:
        """Nothing is held open."""

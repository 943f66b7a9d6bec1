"""What an admin may do to a service: restart it, suspend it, resume it, scale it. Used by the page of a service.

The role is checked anew at each act. The cluster sees the console's account alone, so who it was goes with the change,
and every act is a line of the audit log, whatever came of it.
"""

from typing import Any

import structlog

from stockbot.runtime.auth import Role
from stockbot.runtime.fleet import Change
from stockbot_console.acts import GONE, permit
from stockbot_console.answers import Failure
from stockbot_console.console import Console, Visitor
from stockbot_console.watch import look_at_services

NEEDED = Role.ADMIN

log = structlog.stdlib.get_logger(__name__)


class ServiceActs:
    """Acts for the visitor of one page."""

    def __init__(self, console: Console, visitor: Visitor) -> None:
        self._console = console
        self._visitor = visitor

    async def restart(self, service: str, why: str) -> Failure | None:
        return await self._ask(service, why, restart=True)

    async def suspend(self, service: str, why: str) -> Failure | None:
        return await self._ask(service, why, suspend=True)

    async def resume(self, service: str, why: str) -> Failure | None:
        return await self._ask(service, why, suspend=False)

    async def scale(self, service: str, why: str, replicas: str) -> Failure | None:
        return await self._ask(service, why, replicas=int(replicas))

    async def _ask(self, service: str, why: str, **wish: Any) -> Failure | None:
        steward, principal = self._console.services.steward, self._visitor.principal
        permitted = permit(self._visitor, NEEDED)
        if isinstance(permitted, Failure) or steward is None or principal is None:
            return permitted if isinstance(permitted, Failure) else GONE
        change = Change(service=service, who=principal.name, why=why, **wish)
        failure = await steward.change(change)
        _record(change, principal.role, failure)
        await look_at_services(steward, self._console.board)
        self._console.board.publish()
        return failure


def _record(change: Change, role: Role, failure: Failure | None) -> None:
    log.info(
        "audit",
        who=change.who,
        role=str(role),
        what=change.words,
        subject=change.service,  # `service` is the console itself in every line
        why=change.why,
        outcome="taken on" if failure is None else f"refused: {failure.reason}",
    )

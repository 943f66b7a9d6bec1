"""What a person may do to orders: each role-checked anew, in their own name, and followed by a look. Used by pages."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import SecretStr

from stockbot.runtime.auth import Role
from stockbot_console.acts import act
from stockbot_console.answers import Failure
from stockbot_console.console import Console, Visitor
from stockbot_console.engine import Engine
from stockbot_console.engine_answers import CancelAll, Flatten, Sent
from stockbot_console.view_models.order_form import ManualOrder
from stockbot_console.view_models.order_questions import FLATTEN
from stockbot_console.watch import look_at_execution

T = TypeVar("T")


class OrderActs:
    """Acts for the visitor of one page."""

    def __init__(self, console: Console, visitor: Visitor) -> None:
        self._console = console
        self._visitor = visitor

    async def cancel(self, client_order_id: str, reason: str) -> Failure | None:
        return _failure(await self._do(lambda engine, token: engine.cancel(client_order_id, reason, token)))

    async def preview_cancel_all(self) -> CancelAll | Failure:
        """Which orders a cancel-all would be about; nothing is done."""
        asked = {"reason": "preview", "dry_run": True}
        return await self._do(lambda engine, token: engine.cancel_all(asked, token))

    async def cancel_all(self, reason: str) -> Failure | None:
        asked = {"reason": reason, "dry_run": False}
        return _failure(await self._do(lambda engine, token: engine.cancel_all(asked, token)))

    async def preview_flatten(self) -> Flatten | Failure:
        """What a flatten would cancel and close; nothing is done."""
        asked = {"reason": "preview", "dry_run": True}
        return await self._do(lambda engine, token: engine.flatten(asked, token))

    async def flatten(self, needed: Role, reason: str) -> Failure | None:
        asked = {"reason": reason, "dry_run": False, "confirm": FLATTEN}
        return _failure(await self._do(lambda engine, token: engine.flatten(asked, token), needed))

    async def send(self, order: ManualOrder, key: str) -> Sent | Failure:
        return await self._do(lambda engine, token: engine.send(order, key, token))

    async def reconcile(self) -> Failure | None:
        return _failure(await self._do(lambda engine, token: engine.reconcile(token)))

    async def accept(self, kind: str, subject: str, reason: str) -> Failure | None:
        ask = await self._do(lambda engine, token: engine.accept(kind, subject, reason, token), Role.ADMIN)
        return _failure(ask)

    async def stop_intake(self, reason: str) -> Failure | None:
        return _failure(await self._do(lambda engine, token: engine.stop_intake(reason, token), Role.ADMIN))

    async def serve_again(self, _reason: str) -> Failure | None:
        return _failure(await self._do(lambda engine, token: engine.serve_again(token), Role.ADMIN))

    async def _do(
        self, ask: Callable[[Engine, SecretStr], Awaitable[T | Failure]], needed: Role = Role.TRADER
    ) -> T | Failure:
        engine = self._console.services.engine
        answer = await act(self._visitor, needed, engine, ask)
        if engine is not None:
            await look_at_execution(engine, self._console.board)
            self._console.board.publish()
        return answer


def _failure(answer: object) -> Failure | None:
    return answer if isinstance(answer, Failure) else None

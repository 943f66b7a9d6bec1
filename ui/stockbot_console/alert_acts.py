"""What a person may do about alerts: each role-checked anew and in their own name. Used by the alerts page."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import SecretStr

from stockbot.runtime.auth import Role
from stockbot_console.acts import act
from stockbot_console.alarm_answers import Tested
from stockbot_console.alarms import Alarms
from stockbot_console.answers import Failure
from stockbot_console.console import Console, Visitor
from stockbot_console.watch import look_at_alerts

T = TypeVar("T")


class AlertActs:
    """Acts for the visitor of one page; `look` is called after each act, so that the page shows what is so."""

    def __init__(self, console: Console, visitor: Visitor, look: Callable[[], Awaitable[None]]) -> None:
        self._console = console
        self._visitor = visitor
        self._look = look

    async def acknowledge(self, alert_id: str, note: str) -> Failure | None:
        return _failure(await self._do(lambda alarms, token: alarms.acknowledge(alert_id, note, token)))

    async def silence(self, fingerprint: str, reason: str, minutes: str) -> Failure | None:
        length = int(minutes)
        return _failure(await self._do(lambda alarms, token: alarms.silence(fingerprint, length, reason, token)))

    async def end_silence(self, silence_id: str, _reason: str) -> Failure | None:
        return _failure(await self._do(lambda alarms, token: alarms.end_silence(silence_id, token)))

    async def test(self, channel: str) -> Tested | Failure:
        return await self._do(lambda alarms, token: alarms.test(channel, token))

    async def _do(self, ask: Callable[[Alarms, SecretStr], Awaitable[T | Failure]]) -> T | Failure:
        alarms = self._console.services.alarms
        answer = await act(self._visitor, Role.TRADER, alarms, ask)
        if alarms is not None:
            await look_at_alerts(alarms, self._console.board)
            self._console.board.publish()
            await self._look()
        return answer


def _failure(answer: object) -> Failure | None:
    return answer if isinstance(answer, Failure) else None

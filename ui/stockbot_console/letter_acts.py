"""What an admin may do about a dead letter: each role-checked anew and in their own name. Used by the page of these."""

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from stockbot.runtime.auth import Role
from stockbot_console.acts import act
from stockbot_console.answers import Failure
from stockbot_console.console import Console, Visitor
from stockbot_console.letter_answers import Letter
from stockbot_console.letters import LetterKeeper

NEEDED = Role.ADMIN


class LetterActs:
    """Acts for the visitor of one page; `look` asks the service after each act, so that the page shows what is so."""

    def __init__(self, console: Console, visitor: Visitor, look: Callable[[str], Awaitable[None]]) -> None:
        self._console = console
        self._visitor = visitor
        self._look = look

    async def replay(self, service: str, letter_id: str, reason: str) -> Failure | None:
        return await self._do(service, lambda keeper, token: keeper.replay(letter_id, reason, token))

    async def resolve(self, service: str, letter_id: str, reason: str) -> Failure | None:
        return await self._do(service, lambda keeper, token: keeper.resolve(letter_id, reason, token))

    async def _do(
        self, service: str, ask: Callable[[LetterKeeper, SecretStr], Awaitable[Letter | Failure]]
    ) -> Failure | None:
        keeper = self._console.services.letter_keepers.get(service)
        answer = await act(self._visitor, NEEDED, keeper, ask)
        await self._look(service)
        return answer if isinstance(answer, Failure) else None

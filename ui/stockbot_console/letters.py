"""What the console asks any service that puts events aside: its dead letters, and a person's word on one of them."""

from pydantic import SecretStr

from stockbot_console.answers import Failure
from stockbot_console.api import Api, segment
from stockbot_console.letter_answers import Letter
from stockbot_console.view_models.dead_letters import SHOWN

LETTERS = "/api/v1/dead-letters"


class LetterKeeper(Api):
    """A service that keeps dead letters: whoever reads a stream of work."""

    async def last_letters(self, state: str) -> tuple[Letter, ...] | Failure:
        """The newest that are open, resolved, or `all`: one more than a page shows, so that it can say so."""
        return await self._first(LETTERS, Letter, {"state": state, "limit": f"{SHOWN + 1}"})

    async def replay(self, letter_id: str, reason: str, token: SecretStr) -> Letter | Failure:
        """Ask the service to take the event in again; the letter tells what became of it."""
        return await self._send("POST", f"{LETTERS}/{segment(letter_id)}/replay", {"reason": reason}, Letter, token)

    async def resolve(self, letter_id: str, reason: str, token: SecretStr) -> Letter | Failure:
        """Say that the event is never taken in."""
        return await self._send("POST", f"{LETTERS}/{segment(letter_id)}/resolve", {"reason": reason}, Letter, token)

"""Replays: a dead letter that a person asked for is handed to its consumer's handler again, alone. For every worker.

What an attempt does is in one transaction with the letter's end. That it began is committed before: an event that ends
the process is not tried again by the next one, until a person asks again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import Connection, Table, select, update

from stockbot.codec import decode
from stockbot.errors import Unavailable
from stockbot.events import AnyEvent
from stockbot.runtime import inbox
from stockbot.runtime.clock import Clock
from stockbot.runtime.dead_letters import ASKED, BEGUN, FAILED, REPLAYED, KeptLetter, find, storable, unresolved
from stockbot.runtime.lease import LeaseLost
from stockbot.runtime.storage import Transactions

LOOK_SECONDS = 5.0
AT_ONCE = 20  # letters of one turn: nothing else is taken in meanwhile

logger = structlog.stdlib.get_logger(__name__)


@dataclass(kw_only=True)
class Replay:
    """One group's replays of one stream."""

    database: Transactions
    dead_letters: Table
    inbox: Table
    stream: str
    group: str
    handle: Callable[[Connection, Sequence[AnyEvent]], None]
    fence: Callable[[Connection], None]
    clock: Clock
    _looked_at: float | None = field(default=None, init=False)
    _at_hand: str | None = field(default=None, init=False)  # begun by this process, and not ended yet

    async def turn(self) -> int:
        """Do what was asked for since the last look, a few seconds ago; how many letters were taken in now.

        Raises Unavailable and LeaseLost, which are not the event's fault: it is tried again at the next turn.
        """
        now = self.clock.monotonic()
        if self._looked_at is not None and now - self._looked_at < LOOK_SECONDS:
            return 0
        self._looked_at = now
        letters = await self.database.read(self._asked)
        return sum([await self._attempt(letter_id) for letter_id in letters])

    async def _attempt(self, letter_id: str) -> bool:
        """Hand the event over; False where the letter is over meanwhile, or the handler refuses it once more."""
        if letter_id != self._at_hand and not await self.database.run(partial(self._begin, letter_id)):
            return False
        self._at_hand = letter_id
        try:
            taken = await self.database.run(partial(self._take_in, letter_id))
        except (Unavailable, LeaseLost):
            raise
        except Exception as error:
            logger.exception("replay failed", stream=self.stream, letter_id=letter_id)
            reason = f"{type(error).__name__}: {error}"
            taken = await self.database.run(partial(self._give_up, letter_id, reason))
        self._at_hand = None
        return taken

    def _asked(self, connection: Connection) -> list[str]:
        """The letters that somebody waits for, the oldest first, and before them the one that is at hand."""
        letters = self.dead_letters
        statement = (
            select(letters.c.letter_id)
            .where(letters.c.stream == self.stream, letters.c.consumer == self.group, unresolved(letters))
            .where(letters.c.resolution.startswith(ASKED, autoescape=True))
            .order_by(letters.c.received_at, letters.c.letter_id)
            .limit(AT_ONCE)
        )
        found = [letter_id for letter_id in connection.execute(statement).scalars() if letter_id != self._at_hand]
        return found if self._at_hand is None else [self._at_hand, *found]

    def _begin(self, letter_id: str, connection: Connection) -> bool:
        letter = self._locked(connection, letter_id, ASKED)
        if letter is not None:
            self._end(connection, letter, BEGUN)
        return letter is not None

    def _take_in(self, letter_id: str, connection: Connection) -> bool:
        """The event's effect and the letter's end, in one transaction."""
        letter = self._locked(connection, letter_id, BEGUN)
        if letter is None:
            return False
        self.handle(connection, [decode(letter.document)])
        self._end(connection, letter, REPLAYED, resolved_at=self.clock.now())
        return True

    def _give_up(self, letter_id: str, reason: str, connection: Connection) -> bool:
        """The letter stays, and says why it could not be taken in this time."""
        letter = self._locked(connection, letter_id, BEGUN)
        if letter is not None:
            self._end(connection, letter, FAILED, reason=storable(reason))
        return False

    def _locked(self, connection: Connection, letter_id: str, said: str) -> KeptLetter | None:
        """The letter, if it still stands as it was left; nobody else changes it until the transaction ends."""
        self.fence(connection)
        inbox.take_turns(connection, self.inbox, self.stream, self.group)
        letter = find(connection, self.dead_letters, letter_id, lock=True)
        is_ours = letter is not None and letter.resolved_at is None and (letter.resolution or "").startswith(said)
        return letter if is_ours else None

    def _end(self, connection: Connection, letter: KeptLetter, said: str, **values: object) -> None:
        """Say how far it is, and still who asked for it and why."""
        asked = (letter.resolution or "").removeprefix(ASKED).removeprefix(BEGUN)
        place = self.dead_letters.c.letter_id == letter.letter_id
        connection.execute(update(self.dead_letters).where(place).values(resolution=said + asked, **values))

"""What is wrong with Alpaca right now, in words without secrets. Used by all that asks it or listens to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stockbot.errors import StockbotError, Unavailable
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.alpaca.outcomes import Throttled
from stockbot.execution_engine.brokers.alpaca.patience import Patience
from stockbot.runtime.clock import Clock

ANSWERS, ACCOUNT, STREAM = "answers", "account", "stream"  # the parts that can be wrong


class Health:
    """`tell` is called with all reasons in words, or None, whenever one comes or goes."""

    def __init__(self, credentials: Credentials, clock: Clock, tell: Callable[[str | None], None]) -> None:
        self.patience = Patience(clock)
        self._credentials = credentials
        self._tell = tell
        self._reasons: dict[str, str] = {}

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keep secrets out of errors, and remember what they say of Alpaca's answers."""
        try:
            yield
        except StockbotError as error:
            error.args = (self._credentials.scrub(str(error)),)
            if isinstance(error, Throttled):
                self.patience.learn(error)
            self.note(ANSWERS, str(error) if isinstance(error, Unavailable) else None)
            raise
        self.note(ANSWERS, None)

    def note(self, part: str, reason: str | None) -> None:
        if reason is None:
            self._reasons.pop(part, None)
        else:
            self._reasons[part] = reason
        self._tell("; ".join(self._reasons.values()) or None)

"""How long Alpaca asks us to wait after 429, and that nothing but cancellations is sent meanwhile."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from stockbot.errors import Unavailable
from stockbot.execution_engine.brokers.alpaca.outcomes import Throttled
from stockbot.runtime.clock import Clock

LONGEST = 60.0  # seconds; Alpaca counts requests by the minute
USUAL = 1.0  # where it does not say


class Patience:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0

    def learn(self, throttled: Throttled) -> None:
        seconds = seconds_of(throttled.retry_after, self._clock.now())
        self._until = max(self._until, self._clock.monotonic() + seconds)

    def check(self) -> None:
        """Raise Unavailable while Alpaca wants to be left alone: nothing has been sent, and nothing new is learnt."""
        left = self._until - self._clock.monotonic()
        if left > 0:
            raise Unavailable(f"Alpaca asked for patience: nothing is sent for another {left:.1f} s")


def seconds_of(header: str | None, now: datetime) -> float:
    """Read a Retry-After header, a number of seconds or an HTTP date (RFC 9110), within bounds."""
    if header is None:
        return USUAL
    words = header.strip()
    seconds = float(words) if words.isascii() and words.isdigit() else _until(words, now)
    return min(max(seconds, 0.0), LONGEST)


def _until(words: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(words)
    except ValueError:
        return USUAL
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds()

"""Whether ticks follow one another without a gap: what was traded in a gap is not in any bar built from ticks. Pure."""

from datetime import datetime, timedelta

from stockbot.events.market import MarketData

MISSED_BEATS = 3


class Continuity:
    """Knows the last tick of each source."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, int, datetime]] = {}

    def breaks(self, event: MarketData) -> bool:
        """True for the first tick of a source, after missed ones, and after a pause of more than three beats."""
        known = self._last.get(event.source)
        self._last[event.source] = (event.incarnation, event.sequence, event.time)
        if known is None:
            return True
        incarnation, sequence, time = known
        longest = timedelta(seconds=MISSED_BEATS * event.data.interval_seconds)
        return event.incarnation != incarnation or event.sequence != sequence + 1 or event.time - time > longest

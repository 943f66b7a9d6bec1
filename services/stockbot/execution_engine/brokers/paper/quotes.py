"""What the paper broker knows of the markets: the newest quote of each symbol, and what traded before it."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from stockbot.events.market import Quote
from stockbot.model.fills.hours import MarketHours
from stockbot.model.fills.look import Market
from stockbot.model.fills.rules import FillRules
from stockbot.model.fills.volume import traded_since

PUT_BACK = timedelta(minutes=1)  # earlier by more than that: the clock was put back, and nothing comes that late

Hours = Callable[[Quote, datetime], MarketHours]


class Quotes:
    def __init__(self, hours: Hours, rules: FillRules) -> None:
        self._hours = hours
        self._rules = rules
        self._known: dict[str, tuple[Quote, Decimal | None]] = {}
        self._seen_at: datetime | None = None

    def take(self, quotes: Iterable[Quote], now: datetime) -> None:
        """Keep each symbol's newest quote by receipt; one that comes late changes nothing.

        Where the clock was put back, all that comes is earlier than what is known, and true.
        """
        self._seen_at = self.no_earlier(now)
        for quote in quotes:
            known = self._known.get(quote.symbol)
            if known is None:
                self._known[quote.symbol] = quote, None
            elif _follows(quote.receive_time, known[0].receive_time):
                self._known[quote.symbol] = quote, traded_since(known[0].volume, quote.volume)

    def no_earlier(self, now: datetime) -> datetime:
        """`now`, but not before the last tick: who waited for it must not see its quotes at an earlier time."""
        return now if self._seen_at is None or _follows(now, self._seen_at) else self._seen_at

    def market(self, symbol: str, now: datetime) -> Market | None:
        """What the symbol's market shows at `now`; None where no quote has come yet."""
        known = self._known.get(symbol)
        if known is None:
            return None
        quote, traded = known
        fresh = not quote.stale and now - quote.receive_time <= self._rules.stale_after
        return Market(quote=quote, hours=self._hours(quote, now), fresh=fresh, traded=traded)


def _follows(time: datetime, known: datetime) -> bool:
    return time > known or known - time > PUT_BACK

"""What the market did: quotes in one tick, bars of history, the exchange's sessions."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.envelope import Event, Name, Symbol, Time
from stockbot.events.numbers import check_countable, check_finite, check_price, is_countable, is_price


class Session(StrEnum):
    """The phase of an exchange's day; `unknown` is treated as closed by everyone who acts on it."""

    OPEN = "open"
    PRE = "pre"
    POST = "post"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Quote(Struct, frozen=True, kw_only=True, gc=False):
    """The last known prices of one symbol, with their provenance.

    Prices are in the currency of the listing, volume is shares traded so far in the session. `source_time` is the
    provider's own time of the price, `receive_time` is when the gateway got it. At least one of last or the pair bid
    and ask is present.
    """

    symbol: Symbol
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    volume: Decimal | None = None
    source_time: Time
    receive_time: Time
    provider: Name
    delayed: bool = False  # the provider says that it is not real time
    stale: bool = False  # older than the gateway's limit: never traded on
    session: Session = Session.UNKNOWN

    def __post_init__(self) -> None:
        for price in (self.bid, self.ask, self.last):
            if price is not None and not is_price(price):
                check_price(bid=self.bid, ask=self.ask, last=self.last)
        if self.volume is not None and not is_countable(self.volume):
            check_countable(volume=self.volume)
        if self.last is None and (self.bid is None or self.ask is None):
            raise ValueError(f"a quote of {self.symbol} needs last, or bid and ask")

    @property
    def mark(self) -> Decimal:
        """The price that a position is valued at: last, else the middle of bid and ask."""
        if self.last is not None:
            return self.last
        assert self.bid is not None  # noqa: S101 - __post_init__ has checked both
        assert self.ask is not None  # noqa: S101
        return (self.bid + self.ask) / 2


class Tick(Struct, frozen=True, kw_only=True):
    """The quotes of one shard's symbols at one beat of the gateway."""

    shard: Annotated[int, Meta(ge=0)]
    interval_seconds: Annotated[float, Meta(gt=0)]
    quotes: tuple[Quote, ...]

    def __post_init__(self) -> None:
        check_finite(interval_seconds=self.interval_seconds)


class MarketData(Event, frozen=True, kw_only=True, tag="MARKET_DATA"):
    """One tick of many symbols, broadcast."""

    data: Tick


class Adjustment(StrEnum):
    """What was done to historic prices; series of different adjustment are never mixed."""

    RAW = "raw"
    SPLITS = "splits"
    SPLITS_AND_DIVIDENDS = "splits-and-dividends"


class Bar(Struct, frozen=True, kw_only=True, gc=False):
    """Open, high, low, close and volume of one symbol over [start, end), times in UTC."""

    symbol: Symbol
    interval: Name  # 1m, 5m, 15m, 1h or 1d
    start: Time
    end: Time
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None = None  # shares; None where the source has none
    adjustment: Adjustment = Adjustment.RAW
    provider: Name
    complete: bool = True  # False while its interval is still running

    def __post_init__(self) -> None:
        check_price(open=self.open, high=self.high, low=self.low, close=self.close)
        check_countable(volume=self.volume)
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise ValueError(f"a bar of {self.symbol} at {self.start} has prices outside its low and high")
        if self.end <= self.start:
            raise ValueError(f"a bar of {self.symbol} at {self.start} ends before it starts")


class SessionHours(Struct, frozen=True, kw_only=True):
    """One trading session of an exchange, times in UTC."""

    date: Annotated[str, Meta(min_length=10, max_length=10)]  # the exchange's own date, YYYY-MM-DD
    opens: Time
    closes: Time
    early_close: bool = False


class ExchangeSessions(Struct, frozen=True, kw_only=True):
    """The sessions around now of one exchange: the value of the key `stockbot:session:{exchange}`."""

    exchange: Name
    timezone: Name
    computed_at: Time
    phase: Session
    always_open: bool = False
    sessions: tuple[SessionHours, ...] = ()  # the running or last one first, then the coming ones

    def phase_at(self, now: datetime) -> Session:
        """Open or closed at `now`, UTC; unknown once the sessions no longer reach that far."""
        if self.always_open:
            return Session.OPEN
        if not self.sessions or not self.sessions[0].opens <= now < self.sessions[-1].closes:
            return Session.UNKNOWN
        return Session.OPEN if any(s.opens <= now < s.closes for s in self.sessions) else Session.CLOSED

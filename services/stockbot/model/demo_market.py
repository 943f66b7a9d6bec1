"""A simulated market, for the provider `demo`: a price is a function of seed, symbol and time alone.

Nothing is kept but a cache, so a restart, a second process and a request for history see the same prices, and
the close of a bar is the quote at its end. Sessions are split into hours, 15, 5 and 1 minutes and 5 seconds
along the grid of UTC; within the 5 seconds the price goes straight. Inside are floats, outside cents.
Sessions must start and end at whole minutes.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from stockbot.events.market import Session, SessionHours
from stockbot.model import demo_candle, intervals
from stockbot.model.demo_candle import Candle
from stockbot.model.demo_listing import MARKET, Listing, listing, nervousness, worth
from stockbot.model.hashed_noise import Noise, noise
from stockbot.model.trading_hours import TradingHours

STEPS = (3600, 900, 300, 60, 5)  # seconds; each divides the one before
FINEST = STEPS[-1]
KEPT = 4096  # entries of a cache that all symbols share

_DAY = 86400
_CENT = Decimal("0.01")


class DemoQuote(Struct, frozen=True):
    """Prices in cents at `at`: the moment asked for, or the last close where no session runs."""

    at: datetime
    bid: Decimal
    ask: Decimal
    last: Decimal
    volume: Decimal
    session: Session


class DemoBar(Struct, frozen=True):
    """Prices in cents and whole shares over [start, end)."""

    start: datetime
    end: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class DemoMarket:
    """All symbols of one seed. `volatility` is that of a year's return, `spread` a part of the price."""

    def __init__(self, *, seed: int, volatility: float = 0.25, spread: float = 0.0004) -> None:
        self._seed = seed
        self._volatility = volatility
        self._spread = spread
        self._running: dict[tuple[str, int], tuple[Candle, list[Candle]]] = {}
        self._shared = lru_cache(maxsize=KEPT)(self._shared_once)

    def quote(self, symbol: str, at: datetime, hours: TradingHours) -> DemoQuote | None:
        """Return None before the first session that `hours` knows."""
        session = hours.latest(at)
        if session is None:
            return None
        moment = min(at, session.closes)
        candle, within = self._candle_at(symbol, session, moment)
        last = candle.open + (candle.close - candle.open) * within
        below, above = self._margins(symbol, candle, last)
        return DemoQuote(
            at=moment,
            bid=max(_CENT, min(_cents(last) - _CENT, _cents(last - below))),
            ask=max(_cents(last) + _CENT, _cents(last + above)),
            last=_cents(last),
            volume=Decimal(candle.traded + int(candle.volume * within)),
            session=hours.phase(at),
        )

    def bars(self, symbol: str, interval: str, start: datetime, end: datetime, hours: TradingHours) -> list[DemoBar]:
        """Return the bars that start in [start, end), oldest first, those of the future too."""
        margin = intervals.length_of(interval)  # the first bar of a session may start before the session
        found = [
            _bar(candle, interval)
            for session in hours.overlapping(start - margin, end + margin)
            for candle in self._candles(symbol, interval, session, start - margin, end + margin)
        ]
        return [bar for bar in found if start <= bar.start < end]

    def _candles(
        self, symbol: str, interval: str, session: SessionHours, start: datetime, end: datetime
    ) -> list[Candle]:
        """Cut a session into candles of `interval`: those within [start, end) and their siblings."""
        listed = self._listing(symbol)
        candles = [_day(self._seed, listed, session)]
        if interval == intervals.DAY:
            return candles
        since, until = start.timestamp(), end.timestamp()
        for step in (step for step in STEPS if step >= intervals.length_of(interval).total_seconds()):
            parents = [candle for candle in candles if candle.start < until and since < candle.end]
            candles = [child for it in parents for child in self._split_once(listed, it, step, session)]
        return candles

    def _candle_at(self, symbol: str, session: SessionHours, at: datetime) -> tuple[Candle, float]:
        """Return the finest candle that holds `at`, and how much of it is over, 0 to 1."""
        listed, seconds = self._listing(symbol), at.timestamp()
        candle = _day(self._seed, listed, session)
        for step in STEPS:
            children = self._split_of_now(listed, candle, step, session)
            candle = next(child for child in reversed(children) if child.start <= seconds)
        return candle, min(1.0, (seconds - candle.start) / (candle.end - candle.start))

    def _listing(self, symbol: str) -> Listing:
        return listing(self._seed, self._volatility, symbol)

    def _split_of_now(self, listed: Listing, parent: Candle, step: int, session: SessionHours) -> list[Candle]:
        """Keep the latest split of each symbol and step: the next quote mostly lies in the same."""
        kept = self._running.get((listed.symbol, step))
        if kept is None or kept[0] != parent:
            kept = parent, self._split_once(listed, parent, step, session)
            self._running[listed.symbol, step] = kept
        return kept[1]

    def _split_once(self, listed: Listing, parent: Candle, step: int, session: SessionHours) -> list[Candle]:
        edges = _edges(parent, step)
        noises = [self._noise(listed, step, start) for start in edges[:-1]]
        busyness = [_busyness(start, session) for start in edges[:-1]]
        split = demo_candle.split_finest if step == FINEST else demo_candle.split
        return split(parent, edges, busyness, noises)

    def _noise(self, listed: Listing, step: int, start: int) -> Noise:
        """Return the symbol's own noise, its step mixed with the market's: symbols move together in part."""
        own = noise(f"{self._seed}/{listed.symbol}/{step}/{start}")
        mixed = listed.beta * self._shared(step, start) + (1 - listed.beta**2) ** 0.5 * own.normal
        return Noise(mixed, own.first, own.second, own.third, own.fourth)

    def _shared_once(self, step: int, start: int) -> float:
        return noise(f"{self._seed}/{MARKET}/{step}/{start}").normal

    def _margins(self, symbol: str, candle: Candle, last: float) -> tuple[float, float]:
        """Return how far bid and ask are from `last`: further apart where the moment is more volatile."""
        drawn = noise(f"{self._seed}/{symbol}/spread/{candle.start}")
        part_of_day = (candle.end - candle.start) / _DAY
        usual = last * self._listing(symbol).volatility * part_of_day**0.5
        half = last * self._spread / 2 * max(0.5, candle.deviation / usual)
        return half * (0.5 + drawn.first), half * (0.5 + drawn.second)


@lru_cache(maxsize=KEPT)
def _day(seed: int, listed: Listing, session: SessionHours) -> Candle:
    start, end = int(session.opens.timestamp()), int(session.closes.timestamp())
    opens, closes = (worth(seed, listed, at / _DAY) for at in (start, end))
    nerves, drawn = nervousness(seed, listed, start / _DAY), noise(f"{seed}/{listed.symbol}/day/{start}")
    deviation = listed.volatility * nerves * min(opens, closes)
    return Candle(
        start=start,
        end=end,
        open=opens,
        high=max(opens, closes) + demo_candle.OVERSHOOT * drawn.second * deviation,
        low=min(opens, closes) - demo_candle.OVERSHOOT * drawn.third * deviation,
        close=closes,
        deviation=deviation,
        volume=int(listed.shares * nerves * (0.5 + drawn.first)),
        traded=0,
    )


def _edges(parent: Candle, step: int) -> list[int]:
    """Cut the parent along the grid of UTC: its first and last child may be shorter."""
    first = parent.start - parent.start % step + step
    return [parent.start, *range(first, parent.end, step), parent.end]


def _busyness(start: int, session: SessionHours) -> float:
    """Return a weight that is high at the opening and the close of a session and low in its middle."""
    opens, closes = session.opens.timestamp(), session.closes.timestamp()
    return 0.8 + 1.5 * (2 * (start - opens) / (closes - opens) - 1) ** 4


def _bar(candle: Candle, interval: str) -> DemoBar:
    start, end = (datetime.fromtimestamp(second, UTC) for second in (candle.start, candle.end))
    if interval != intervals.DAY:
        start = intervals.floor(start, interval)
        end = start + intervals.length_of(interval)
    return DemoBar(
        start=start,
        end=end,
        open=_cents(candle.open),
        high=_cents(candle.high),
        low=_cents(candle.low),
        close=_cents(candle.close),
        volume=Decimal(candle.volume),
    )


def _cents(price: float) -> Decimal:
    return Decimal(round(price * 100)).scaleb(-2)

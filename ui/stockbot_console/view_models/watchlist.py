"""One row of the watchlist, and what it says about its age and origin. Used by market and symbol pages."""

from collections.abc import Collection
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypedDict

from stockbot.events.market import Quote
from stockbot_console.market import Track
from stockbot_console.view_models.ages import clock_text, epoch_milliseconds, exact_text
from stockbot_console.view_models.numbers import NOTHING, compact_text, price_text, signed_text
from stockbot_console.view_models.sparkline import sparkline_points

ARROWS = {
    "up": "\N{BLACK UP-POINTING TRIANGLE}",
    "down": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "flat": "\N{BULLET}",
}


class Row(TypedDict):
    """What the grid shows of a symbol: texts, and the floats it sorts by. `at` is in epoch milliseconds."""

    symbol: str
    last: str
    lastValue: float
    change: str
    percent: str
    changeValue: float
    direction: str
    since: str
    tick: str
    bid: str
    bidValue: float | None
    ask: str
    askValue: float | None
    spread: str
    spreadValue: float | None
    volume: str
    volumeValue: float | None
    spark: str
    provider: str
    badges: list[str]
    stale: bool
    at: int
    exact: str


def direction_of(change: Decimal) -> str:
    if change == 0:
        return "flat"
    return "up" if change > 0 else "down"


def price_time(quote: Quote, simulated: Collection[str]) -> datetime:
    """Choose the time of the price: the provider's, but the receipt's where the market is simulated."""
    return quote.receive_time if quote.provider in simulated else quote.source_time


def badges(quote: Quote, *, simulated: Collection[str], feed_lost: bool) -> list[str]:
    marks = {
        "STALE": quote.stale or feed_lost,
        "DELAYED": quote.delayed,
        "SIMULATED": quote.provider in simulated,
    }
    return [word for word, applies in marks.items() if applies]


def watchlist_row(track: Track, *, simulated: Collection[str], feed_lost: bool, zone: tzinfo) -> Row:
    """Make the row of one symbol. `feed_lost` greys all rows: no tick came when one was due."""
    quote = track.quote
    at = price_time(quote, simulated)
    return Row(
        symbol=quote.symbol,
        last=price_text(quote.mark),
        lastValue=float(quote.mark),
        **_change(track, zone),
        tick=direction_of(track.marks[-1] - track.marks[-2]) if len(track.marks) > 1 else "flat",
        **_book(quote),
        volume=compact_text(quote.volume),
        volumeValue=_number(quote.volume),
        spark=sparkline_points(track.marks),
        provider=quote.provider,
        badges=badges(quote, simulated=simulated, feed_lost=feed_lost),
        stale=quote.stale or feed_lost,
        at=epoch_milliseconds(at),
        exact=exact_text(at, zone),
    )


class _Change(TypedDict):
    change: str
    percent: str
    changeValue: float
    direction: str
    since: str


def _change(track: Track, zone: tzinfo) -> _Change:
    change = track.quote.mark - track.reference
    percent = change / track.reference * 100
    direction = direction_of(change)
    return _Change(
        change=signed_text(change),
        percent=f"{ARROWS[direction]} {signed_text(percent)} %",
        changeValue=float(percent),
        direction=direction,
        since=f"since {clock_text(track.reference_at, zone)}, from {price_text(track.reference)}",
    )


class _Book(TypedDict):
    bid: str
    bidValue: float | None
    ask: str
    askValue: float | None
    spread: str
    spreadValue: float | None


def _book(quote: Quote) -> _Book:
    spread = quote.ask - quote.bid if quote.bid is not None and quote.ask is not None else None
    return _Book(
        bid=price_text(quote.bid),
        bidValue=_number(quote.bid),
        ask=price_text(quote.ask),
        askValue=_number(quote.ask),
        spread=NOTHING if spread is None else price_text(spread),
        spreadValue=_number(spread),
    )


def _number(exact: Decimal | None) -> float | None:
    return None if exact is None else float(exact)

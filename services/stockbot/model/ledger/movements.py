"""What changes the shares of one symbol in one account, and the book of it: the whole account and each strategy.

A book is the fold of its movements in the order in which they were booked, so taking one back is folding all others:
averages and realised profit are then as if it had never happened. The strategies' shares always add up to the
account's. Average cost is kept for both, and differs: the account's realised profit is by the account's own average.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.envelope import Time
from stockbot.model.ledger import round_trips
from stockbot.model.ledger.holding import Holding, Traded, trade
from stockbot.model.ledger.money import NOTHING, fine
from stockbot.model.ledger.round_trips import Part, RoundTrip, Trade

EXTERNAL = "external"  # the strategy of what this platform did not order: opening positions, trades by hand


class Fill(Struct, frozen=True, kw_only=True, tag="fill"):
    """An execution: shares bought (sold below zero) at a price per share, and the fee as a cost."""

    movement_id: str  # the execution id
    strategy: str
    change: Decimal
    price: Decimal
    fee: Decimal = NOTHING
    at: Time
    correlationid: str
    signal_id: str | None = None


class Transfer(Struct, frozen=True, kw_only=True, tag="opening"):
    """Shares that came (below zero: went) without a trade, at what one is worth.

    Those that the account had before this platform saw it, at their average price; and those that a person answers for.
    """

    movement_id: str
    change: Decimal
    price: Decimal
    at: Time
    correlationid: str
    strategy: str = EXTERNAL


class Split(Struct, frozen=True, kw_only=True, tag="split"):
    """`new` shares stand for every `old` ones; the total cost stays, and fractions are kept."""

    movement_id: str
    new: Decimal
    old: Decimal
    at: Time


Movement: TypeAlias = Fill | Transfer | Split


class Book(Struct, frozen=True, kw_only=True):
    """One symbol: the account's holding, and holding and open trade of every strategy that ever traded it."""

    symbol: str
    account: Holding = Holding()
    strategies: dict[str, Holding] = {}
    trips: dict[str, RoundTrip] = {}


class Moved(Struct, frozen=True, kw_only=True):
    """A book after a movement: what the account's trade was, and the trade that ended with it."""

    book: Book
    traded: Traded | None = None
    ended: Trade | None = None


def move(book: Book, movement: Movement) -> Moved:
    if isinstance(movement, Split):
        return Moved(book=_split(book, movement))
    fee = movement.fee if isinstance(movement, Fill) else NOTHING
    strategy = movement.strategy
    traded = trade(book.account, movement.change, movement.price, fee)
    own = trade(book.strategies.get(strategy, Holding()), movement.change, movement.price, fee)
    trip = round_trips.take(book.trips.get(strategy), _part(movement, fee), strategy, book.symbol)
    trips = {name: open_trip for name, open_trip in book.trips.items() if name != strategy}
    if trip.open is not None:
        trips[strategy] = trip.open
    moved = Book(
        symbol=book.symbol,
        account=traded.after,
        strategies={**book.strategies, strategy: own.after},
        trips=trips,
    )
    ended = trip.ended if isinstance(movement, Fill) else None  # what only came and went was no trade
    return Moved(book=moved, traded=traded, ended=ended)


def fold(symbol: str, movements: Iterable[Movement]) -> tuple[Book, list[Trade]]:
    """The book after all these movements, and the trades that ended on the way."""
    book, ended = Book(symbol=symbol), []
    for movement in movements:
        moved = move(book, movement)
        book = moved.book
        if moved.ended is not None:
            ended.append(moved.ended)
    return book, ended


def _part(movement: Fill | Transfer, fee: Decimal) -> Part:
    return Part(
        change=movement.change,
        price=movement.price,
        fee=fee,
        at=movement.at,
        correlationid=movement.correlationid,
        signal_id=movement.signal_id if isinstance(movement, Fill) else None,
    )


def _split(book: Book, split: Split) -> Book:
    """All shares are split; the account's are rounded, and the strategies' add up to them."""
    total = fine(book.account.quantity * split.new / split.old)
    shares = {name: holding.quantity for name, holding in book.strategies.items()}
    after = in_new_shares(shares, split.new, split.old)
    strategies = {name: replace(holding, quantity=after[name]) for name, holding in book.strategies.items()}
    trips = {
        name: round_trips.split(trip, strategies[name].quantity, split.new / split.old)
        for name, trip in book.trips.items()
    }
    return Book(symbol=book.symbol, account=replace(book.account, quantity=total), strategies=strategies, trips=trips)


def in_new_shares(shares: Mapping[str, Decimal], new: Decimal, old: Decimal) -> dict[str, Decimal]:
    """Every holder's shares after a split; they add up to the account's.

    The largest holding takes what rounding left: else the account would keep a share's dust for ever.
    """
    after = {name: fine(held * new / old) for name, held in shares.items()}
    rest = fine(sum(shares.values(), NOTHING) * new / old) - sum(after.values(), NOTHING)
    if rest:
        after[max(after, key=lambda name: abs(after[name]))] += rest
    return after

"""Entries that no order led to: for what the broker did by itself, and for what a person enters.

Each is known by its source, so entering it again books nothing: the broker's activity id, or a person's key.
"""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import Connection

from stockbot.errors import Conflict
from stockbot.model.ledger import entries
from stockbot.model.ledger.entries import Kind
from stockbot.model.ledger.money import NOTHING, fine, money
from stockbot.model.ledger.movements import Book, Fill, Split, Transfer
from stockbot.portfolio_manager import store
from stockbot.portfolio_manager.batch import Batch, shares_of


class Correction(Struct, frozen=True, kw_only=True):
    """What is to be booked. `amount` is what it brought in cash, below zero what it took."""

    kind: Kind
    account: str
    source_id: str
    amount: Decimal = NOTHING
    symbol: str | None = None
    quantity: Decimal | None = None  # the shares of a transfer, whose `amount` is what they are worth
    new: Decimal | None = None
    old: Decimal | None = None
    execution_id: str | None = None
    note: str = ""
    at: datetime


def id_of_correction(correction: Correction) -> str:
    """The id of the entry that it leads to; a bust's follows from the execution, which can be taken back once."""
    source = correction.source_id
    if correction.kind is Kind.BUST:
        source = correction.execution_id or source
    return entries.entry_id(correction.kind, correction.account, source)


def book_correction(connection: Connection, batch: Batch, asked: Correction, digest: str | None = None) -> str:
    """Book it in the batch, unless it is booked already; returns the entry's id. Conflict says why it cannot be."""
    entry_id = id_of_correction(asked)
    if store.has_entry(connection, entry_id):
        return entry_id
    match asked.kind:
        case Kind.SPLIT:
            _book_split(batch, asked, entry_id, digest)
        case Kind.BUST:
            _book_bust(connection, batch, asked, digest)
        case Kind.TRANSFER:
            _book_transfer(batch, asked, entry_id, digest)
        case Kind.FILL | Kind.OPENING:
            raise Conflict(f"a {asked.kind} entry follows from what the Execution Engine reports, and is never entered")
        case _:
            _book_cash(batch, asked, digest)
    return entry_id


def split_by_change(book: Book, change: Decimal) -> tuple[Decimal, Decimal]:
    """The ratio of a split that brought `change` shares to the account's. Conflict without a position to split."""
    held = book.account.quantity
    if not held or (held + change) / held <= 0:
        raise Conflict(f"{held:f} shares of {book.symbol} cannot become {held + change:f} by a split")
    return held + change, held


def _book_cash(batch: Batch, asked: Correction, digest: str | None) -> None:
    if not asked.amount:
        raise Conflict(f"a {asked.kind} of nothing is no entry: give an amount other than 0")
    shares = shares_of(batch.book(asked.account, asked.symbol)) if asked.symbol else {}
    entry = entries.cash_entry(
        asked.kind,
        asked.account,
        asked.source_id,
        money(asked.amount),
        at=asked.at,
        memo=asked.note,
        symbol=asked.symbol,
        shares=shares,
    )
    batch.post(entry, digest)


def _book_split(batch: Batch, asked: Correction, entry_id: str, digest: str | None) -> None:
    if asked.symbol is None or asked.new is None or asked.old is None:
        raise Conflict("a split needs a symbol and how many new shares stand for the old ones")
    if not batch.book(asked.account, asked.symbol).account.quantity and not _anybody(batch, asked):
        raise Conflict(f"account {asked.account} holds no {asked.symbol}: there is nothing to split")
    if asked.amount:
        raise Conflict(f"a split changes shares alone: enter the {asked.amount:f} that came with it as its own entry")
    made = Split(movement_id=entry_id, new=fine(asked.new), old=fine(asked.old), at=asked.at)
    batch.split(asked.account, asked.symbol, made, digest)


def _book_transfer(batch: Batch, asked: Correction, entry_id: str, digest: str | None) -> None:
    if asked.symbol is None or not asked.quantity:
        raise Conflict("a transfer needs a symbol and how many shares came or went")
    price = fine(asked.amount / asked.quantity)
    if price <= 0:
        raise Conflict(f"{asked.quantity:f} shares of {asked.symbol} cannot be worth {asked.amount:f}")
    made = Transfer(movement_id=entry_id, change=fine(asked.quantity), price=price, at=asked.at, correlationid=entry_id)
    batch.transfer(asked.account, asked.symbol, made, asked.note, digest)


def _anybody(batch: Batch, asked: Correction) -> bool:
    """Strategies may hold shares that cancel out: the account is flat, and they still are split."""
    return any(shares_of(batch.book(asked.account, asked.symbol or "")).values())


def _book_bust(connection: Connection, batch: Batch, asked: Correction, digest: str | None) -> None:
    if asked.execution_id is None:
        raise Conflict("a bust needs the execution_id of the fill that it takes back")
    found = store.execution(connection, asked.account, asked.execution_id)
    if found is None:
        raise Conflict(f"no execution {asked.execution_id} is booked in account {asked.account}")
    symbol, _ = found
    if (asked.account, symbol) not in batch.books:
        batch.books |= store.books(connection, {(asked.account, symbol)})
    known = store.movements_of(connection, asked.account, symbol)
    if not any(isinstance(old.movement, Fill) for old in known if old.movement.movement_id == asked.execution_id):
        raise Conflict(f"{asked.execution_id} is no execution: only a fill can be taken back")
    note = asked.note or f"execution {asked.execution_id} was taken back"
    batch.bust(asked.account, symbol, asked.execution_id, known, note, digest)

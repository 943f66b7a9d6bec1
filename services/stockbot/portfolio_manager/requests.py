"""What a person enters into the ledger, read and checked, and the correction that it leads to. Pure."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stockbot.events.numbers import check_countable, check_price
from stockbot.model.ledger.entries import Kind
from stockbot.model.ledger.money import NOTHING, money
from stockbot.portfolio_manager.corrections import Correction
from stockbot.runtime.web.paging import PRINTABLE

MOST_SHARES = Decimal(1_000_000)  # for one old share, or old ones for a new one: a typing error beyond it
Amount = Annotated[Decimal | None, Field(description='A decimal as text, such as "10.5".')]


class EntryKind(StrEnum):
    """What a person may enter."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DIVIDEND = "dividend"
    SPLIT = "split"
    FEE = "fee"
    INTEREST = "interest"
    BUST = "bust"
    TRANSFER = "transfer"


class EntryRequest(BaseModel):
    """An entry that no order led to, and why."""

    model_config = ConfigDict(extra="forbid")

    kind: EntryKind
    account: str | None = Field(
        None, min_length=1, max_length=128, pattern=PRINTABLE, description="The platform's own unless named."
    )
    amount: Amount = None
    symbol: str | None = Field(None, min_length=1, max_length=32, pattern=PRINTABLE)
    quantity: Amount = Field(None, description="Of a transfer: the shares that came, below zero those that went.")
    ratio: str | None = Field(
        None, max_length=40, description='New shares for old ones, "4:1"; "0.1" is one new for ten old.'
    )
    per_share: Amount = None
    execution_id: str | None = Field(None, min_length=1, max_length=128, pattern=PRINTABLE)
    note: str = Field(
        min_length=1, max_length=1000, pattern=PRINTABLE, description="Why, in a few words; it is kept for good."
    )

    def digest(self, account: str) -> str:
        """Whether two requests ask for the same."""
        return sha256(f"{account} {self.model_dump_json()}".encode()).hexdigest()


def correction_of(
    asked: EntryRequest, account: str, *, key: str, person: str, held: Decimal, at: datetime
) -> Correction:
    """The correction; `held` are the account's shares of the symbol. ValueError says what is missing or wrong."""
    check_countable(amount=asked.amount, per_share=asked.per_share, quantity=asked.quantity)
    new, old = _ratio(asked) if asked.kind is EntryKind.SPLIT else (None, None)
    if asked.kind is EntryKind.TRANSFER and (asked.symbol is None or not asked.quantity):
        raise ValueError("a transfer needs symbol and quantity, the shares that came or (below zero) went")
    if asked.kind is EntryKind.BUST and asked.execution_id is None:
        raise ValueError("a bust needs execution_id, the fill that it takes back")
    return Correction(
        kind=Kind(asked.kind.value),
        account=account,
        source_id=f"person/{key}",
        amount=_amount(asked, held),
        symbol=asked.symbol,
        quantity=asked.quantity,
        new=new,
        old=old,
        execution_id=asked.execution_id,
        note=f"{asked.note} ({person})",
        at=at,
    )


def _amount(asked: EntryRequest, held: Decimal) -> Decimal:
    """What it brings in cash, or what the shares of a transfer are worth; withdrawals and fees are given above zero."""
    match asked.kind:
        case EntryKind.SPLIT | EntryKind.BUST:
            return NOTHING
        case EntryKind.DIVIDEND if asked.per_share is not None:
            return _dividend(asked, asked.per_share, held)
        case EntryKind.DEPOSIT:
            return _above_zero(asked)
        case EntryKind.WITHDRAWAL | EntryKind.FEE:
            return -_above_zero(asked)
        case _:
            return _given(asked)


def _dividend(asked: EntryRequest, per_share: Decimal, held: Decimal) -> Decimal:
    """Shorts pay it: their shares are below zero."""
    check_price(per_share=per_share)
    if asked.amount is not None or asked.symbol is None or not held:
        raise ValueError("a dividend per share needs a symbol that the account holds, and no amount")
    return money(per_share * held)


def _above_zero(asked: EntryRequest) -> Decimal:
    amount = _given(asked)
    if amount < 0:
        raise ValueError(f"amount of a {asked.kind} must be above 0, not {amount}")
    return amount


def _given(asked: EntryRequest) -> Decimal:
    if asked.amount is None or not asked.amount:
        raise ValueError(f"a {asked.kind} needs amount, a decimal other than 0")
    return money(asked.amount)


def _ratio(asked: EntryRequest) -> tuple[Decimal, Decimal]:
    if asked.symbol is None or asked.ratio is None:
        raise ValueError("a split needs symbol and ratio")
    new, _, old = asked.ratio.partition(":")
    try:
        parts = Decimal(new), Decimal(old or "1")
        check_price(new=parts[0], old=parts[1])
        if not 1 / MOST_SHARES <= parts[0] / parts[1] <= MOST_SHARES:
            raise ValueError("no split is like that")
    except (ArithmeticError, ValueError) as error:
        right = f'new shares for old ones, as "4:1", and at most {MOST_SHARES:,} for one'
        raise ValueError(f'ratio must be {right}, not "{asked.ratio}"') from error
    return parts

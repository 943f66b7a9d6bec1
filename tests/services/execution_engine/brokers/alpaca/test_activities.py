"""Alpaca's activities in our words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.services.execution_engine.brokers.alpaca.alpaca_words import alpaca_enums

from stockbot.execution_engine.brokers.alpaca.activities import (
    AlpacaFill,
    AlpacaMovement,
    activity,
    bust,
    execution,
    is_since,
    kind_of,
    taken_back,
    time_of,
)
from stockbot.execution_engine.brokers.alpaca.outcomes import MalformedAnswer, decoded
from stockbot.execution_engine.brokers.protocol import ActivityKind

UUID = "5f596936-6f23-4cef-bdf1-3806aae57dbf"
FILL: dict[str, Any] = {
    "id": f"20260302100104650::{UUID}",
    "activity_type": "FILL",
    "transaction_time": "2026-03-02T15:01:04.650275Z",
    "type": "partial_fill",
    "price": "128.33",
    "qty": "0.38962051",
    "side": "buy",
    "symbol": "AAPL",
    "leaves_qty": "1",
    "order_id": "fe060a1b-5b45-4eba-ba46-c3a3345d8255",
    "cum_qty": "0.38962051",
}


def movement(kind: str = "CSD", **changes: Any) -> AlpacaMovement:
    fields = {"id": f"20260302000000000::{UUID}", "activity_type": kind, "date": "2026-03-02", "net_amount": "1.02"}
    return decoded(msgspec.json.encode(fields | changes), AlpacaMovement)


def fill(**changes: Any) -> AlpacaFill:
    return decoded(msgspec.json.encode(FILL | changes), AlpacaFill)


def test_a_fill_is_named_by_its_uuid() -> None:
    """The time in front of it is Alpaca's order of pages, no part of the name."""
    found = execution(fill(), "order-1")
    assert found is not None
    assert (found.execution_id, found.quantity, found.price, found.fee) == (
        UUID,
        Decimal("0.38962051"),
        Decimal("128.33"),
        Decimal(0),
    )
    assert taken_back(fill()) is None


def test_a_correction_takes_the_old_back_and_counts_itself() -> None:
    """Both are told, so that whoever books them ends with the corrected trade alone."""
    corrected = fill(type="trade_correct", previous_execution_id="the-old-one", price="128.00")
    taken, counted = taken_back(corrected), execution(corrected, "order-1")
    assert taken is not None
    assert counted is not None
    assert (taken.execution_id, counted.execution_id, counted.price) == ("the-old-one", UUID, Decimal(128))
    old = fill(id="20260302100000000::the-old-one", price="130.00")
    found = bust(taken, {"the-old-one": old})
    assert (found.amount, found.quantity) == (Decimal("0.38962051") * 130, Decimal("-0.38962051"))


@pytest.mark.parametrize(("side", "sign"), [("buy", 1), ("sell", -1)])
def test_a_bust_gives_back_what_the_fill_moved(side: str, sign: int) -> None:
    """Its negative shares are never booked as a trade; cash and shares go the other way, whichever is known."""
    busted = fill(type="trade_bust", qty="-0.38962051", side=side, previous_execution_id="the-old-one")
    taken = taken_back(busted)
    assert execution(busted, "order-1") is None
    assert taken is not None
    for known in ({}, {"the-old-one": fill(side=side)}):
        found = bust(taken, known)
        assert (found.execution_id, found.amount, found.quantity) == (
            "the-old-one",
            sign * Decimal("0.38962051") * Decimal("128.33"),
            -sign * Decimal("0.38962051"),
        )


def test_what_is_taken_back_must_be_named() -> None:
    """Else nobody could take it back; and of a fill that Alpaca does not list, only the name is told."""
    with pytest.raises(MalformedAnswer, match="of which execution"):
        taken_back(fill(type="trade_bust"))
    taken = taken_back(fill(type="trade_correct", previous_execution_id="long-ago"))
    assert taken is not None
    found = bust(taken, {})
    assert (found.amount, found.quantity) == (Decimal(0), None)
    assert "does not list" in found.note


@pytest.mark.parametrize("changes", [{"qty": "0"}, {"price": "NaN"}, {"side": "sideways"}, {"qty": "-1"}], ids=str)
def test_a_fill_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    """A fill without shares or price is no fill."""
    with pytest.raises(MalformedAnswer):
        execution(fill(**changes), "order-1")


@pytest.mark.parametrize(
    ("kind", "more", "booked_as"),
    [
        ("CSD", {}, ActivityKind.DEPOSIT),
        ("CSW", {"net_amount": "-5"}, ActivityKind.DEPOSIT),
        ("JNLC", {}, ActivityKind.DEPOSIT),
        ("DIV", {"symbol": "AAPL", "qty": "2"}, ActivityKind.DIVIDEND),
        ("DIVNRA", {"symbol": "AAPL", "net_amount": "-0.3"}, ActivityKind.DIVIDEND),
        ("DIVFEE", {"net_amount": "-0.3"}, ActivityKind.FEE),
        ("FEE", {"net_amount": "-0.01"}, ActivityKind.FEE),
        ("INT", {}, ActivityKind.INTEREST),
        ("SPLIT", {"symbol": "AAPL", "qty": "30", "net_amount": "0"}, ActivityKind.SPLIT),
        ("SSP", {"symbol": "AAPL", "qty": "-10", "net_amount": "0"}, ActivityKind.SPLIT),
        ("ACATS", {"symbol": "AAPL", "qty": "7", "net_amount": "0", "price": "20"}, ActivityKind.TRANSFER),
        ("JNLS", {"symbol": "AAPL", "qty": "-7", "net_amount": "0"}, ActivityKind.TRANSFER),
        ("NEWTYPE", {}, ActivityKind.DEPOSIT),
    ],
)
def test_what_a_movement_is_booked_as(kind: str, more: dict[str, Any], booked_as: ActivityKind) -> None:
    """Shares are told only where they move, and a type that is new here is booked with its name in the note."""
    found = activity(movement(kind, **more))
    assert found is not None
    assert found.kind is booked_as
    assert (found.quantity is not None) == (booked_as in (ActivityKind.SPLIT, ActivityKind.TRANSFER))
    assert found.note.startswith(kind)


def test_transferred_shares_are_worth_what_alpaca_says() -> None:
    """Without a price nothing is made up: the ledger puts such a transfer aside, for a person."""
    came = activity(movement("ACATS", symbol="AAPL", qty="7", net_amount="0", price="20"))
    went = activity(movement("JNLS", symbol="AAPL", qty="-7", net_amount="0"))
    assert came is not None
    assert went is not None
    assert [came.quantity, came.amount, went.quantity, went.amount] == [7, 140, -7, 0]


def test_every_type_of_alpaca_is_booked() -> None:
    """None of the types that alpaca-py lists is left out: cash and shares would be wrong."""
    assert {kind_of(movement(kind.value)) for kind in alpaca_enums().ActivityType} == {
        ActivityKind.DEPOSIT,
        ActivityKind.DIVIDEND,
        ActivityKind.FEE,
        ActivityKind.INTEREST,
        ActivityKind.TRANSFER,
    }


@pytest.mark.parametrize("changes", [{"status": "canceled"}, {"net_amount": "0"}], ids=str)
def test_what_moved_nothing_is_left_out(changes: dict[str, Any]) -> None:
    """A canceled movement, and one of nothing."""
    assert activity(movement(**changes)) is None


def test_the_time_is_as_exact_as_alpaca_says_it() -> None:
    """As said, else by the id, which is New York's time; a day without a time is its start there."""
    said = movement(created_at="2026-03-02T20:00:00Z")
    assert time_of(said) == datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert time_of(movement(id=f"20260302100104650::{UUID}")) == datetime(2026, 3, 2, 15, 1, 4, 650000, tzinfo=UTC)
    assert time_of(movement()) == datetime(2026, 3, 2, 5, tzinfo=UTC)
    with pytest.raises(MalformedAnswer, match="when it happened"):
        time_of(movement(id="no-time"))


def test_a_day_without_a_time_is_told_for_some_days() -> None:
    """A deposit of this morning, or fees that were booked the day after, are found by whoever asks since noon."""
    noon = datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert is_since(movement(), noon)
    assert is_since(movement(), noon + timedelta(days=4))
    assert not is_since(movement(), noon + timedelta(days=6))
    assert not is_since(movement(created_at="2026-03-02T16:59:59Z"), noon)

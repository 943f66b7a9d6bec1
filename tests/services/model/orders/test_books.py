"""What the broker's activities do to our own count of cash and shares."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.movements import Book, Split, move
from stockbot.model.orders.books import cash_moved, holders_moved, shares_of
from stockbot.model.orders.broker import Activity, ActivityKind
from stockbot.testing.clock import START


@pytest.mark.parametrize(
    ("kind", "cash", "shares"),
    [
        (ActivityKind.TRANSFER, 0, 3),  # its amount is what the shares are worth
        (ActivityKind.BUST, 60, 3),
    ],
)
def test_a_transfer_moves_shares_and_no_cash(kind: ActivityKind, cash: int, shares: int) -> None:
    """Everything else moves what it says."""
    one = activity(kind, Decimal(3))
    assert [cash_moved(one), shares_of(one)] == [cash, shares]


SHARES = st.decimals("0.001", 1000, places=3)


@given(held=st.dictionaries(st.sampled_from("abcd"), SHARES, min_size=1), came=SHARES)
def test_a_split_is_every_holder_s_as_in_the_ledger(held: dict[str, Decimal], came: Decimal) -> None:
    """Engine and ledger give the same shares to the same holders, to the last digit."""
    total = sum(held.values(), Decimal(0))
    moved = holders_moved(activity(ActivityKind.SPLIT, came), held, "external")
    after = {name: shares + moved[name] for name, shares in held.items()}
    holdings = {name: Holding(quantity=shares) for name, shares in held.items()}
    book = Book(symbol="AAPL", account=Holding(quantity=total), strategies=holdings)
    split = Split(movement_id="s", new=total + came, old=total, at=START)
    booked = move(book, split).book
    assert {name: holding.quantity for name, holding in booked.strategies.items()} == after
    assert sum(after.values(), Decimal(0)) == booked.account.quantity


@pytest.mark.parametrize(("kind", "held"), [(ActivityKind.SPLIT, {}), (ActivityKind.TRANSFER, {"a": Decimal(1)})])
def test_everything_else_has_one_owner(kind: ActivityKind, held: dict[str, Decimal]) -> None:
    """As has a split of what nobody holds: the ledger puts that aside."""
    assert holders_moved(activity(kind, Decimal(3)), held, "external") == {"external": 3}


def activity(kind: ActivityKind, quantity: Decimal) -> Activity:
    return Activity(activity_id="a", kind=kind, amount=Decimal(60), symbol="AAPL", quantity=quantity, at=START)

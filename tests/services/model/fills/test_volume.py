"""How much of an order fills at one look: no more than its part of what traded."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.services.model.fills.scenes import EXACT, fills, market, order, seen

from stockbot.events.trading import OrderState, TimeInForce
from stockbot.model.fills.volume import quantity_of, traded_since
from stockbot.testing.clock import START


@pytest.mark.parametrize(
    ("quantity", "traded", "held", "filled"),
    [
        ("100", "1000", None, "100"),
        ("100", "999", None, "99"),  # a tenth, in whole shares
        ("100", "5", None, "0"),
        ("0.5", "5", None, "0.5"),  # a fraction that is all that is left
        ("0.5", "4", None, "0"),
        ("100", None, None, "100"),  # not known: nothing bounds it
        ("100", None, "30", "30"),  # but what is held does
        ("100", "200", "30", "20"),
    ],
)
def test_a_tenth_of_the_volume_at_most(quantity: str, traded: str | None, held: str | None, filled: str) -> None:
    """The part is a rule of the venue; shares come whole."""
    volume, owned = (None if bound is None else Decimal(bound) for bound in (traded, held))
    assert quantity_of(order(quantity=quantity), volume, owned, EXACT) == Decimal(filled)


@pytest.mark.parametrize(
    ("before", "now", "traded"),
    [("10", "25", 15), ("10", "10", 0), ("10", "4", 4), (None, "4", None), ("4", None, None)],
)
def test_the_volume_between_two_quotes(before: str | None, now: str | None, traded: int | None) -> None:
    """A smaller volume is that of a new session; one that is missing is not known."""
    first, second = (None if text is None else Decimal(text) for text in (before, now))
    assert traded_since(first, second) == traded


def test_each_look_shares_what_traded_since_the_last() -> None:
    """The same quote again brings nothing; the order is filled as the session's volume grows."""
    large = order(quantity=250, volume=Decimal(1_000_000))
    markets = [market(volume=volume) for volume in ("1001000", "1001000", "1001500", "1003000")]
    outcome = seen(large, *markets)
    assert [quantity for quantity, _ in fills(outcome)] == [100, 50, 100]
    assert outcome.order.state is OrderState.FILLED


def test_the_first_look_may_share_what_traded_before_the_order_came() -> None:
    """At the quote that was there already, the interval that led to it counts; at a new one, what traded since."""
    now = START
    early = order(quantity=100, volume=Decimal(1_000_000), received_at=now, accepted_at=now)
    assert fills(seen(early, market(traded=500, at=now))) == [(Decimal(50), Decimal("100.01"))]
    later = market(traded=500, volume="1000300", at=now + timedelta(seconds=5))
    assert fills(seen(early, later)) == [(Decimal(30), Decimal("100.01"))]


@pytest.mark.parametrize(
    ("time_in_force", "filled", "state"),
    [
        (TimeInForce.IOC, [60], OrderState.CANCELED),
        (TimeInForce.FOK, [], OrderState.CANCELED),
        (TimeInForce.DAY, [60], OrderState.PARTIALLY_FILLED),
    ],
)
def test_too_little_volume(time_in_force: TimeInForce, filled: list[int], state: OrderState) -> None:
    """An ioc takes what there is and ends; a fok takes all or nothing; a day order waits for the rest."""
    large = order(quantity=100, time_in_force=time_in_force, volume=Decimal(999_400))
    outcome = seen(large, market())
    assert [quantity for quantity, _ in fills(outcome)] == filled
    assert outcome.order.state is state


def test_a_fill_or_kill_is_filled_at_its_first_look() -> None:
    """With enough volume a fok is filled whole."""
    assert seen(order(time_in_force=TimeInForce.FOK), market()).order.state is OrderState.FILLED


def test_small_volumes_add_up_to_a_share() -> None:
    """Three shares trade between two quotes and a tenth of them is ours: every fourth look brings one, none is lost."""
    waiting = order(quantity=10, volume=Decimal(1_000_000), looked=True)
    outcome = seen(waiting, *(market(volume=str(1_000_000 + 3 * number)) for number in range(1, 41)))
    assert [quantity for quantity, _ in fills(outcome)] == [1] * 10
    assert outcome.order.state is OrderState.FILLED


def test_nothing_is_saved_up_while_the_price_is_not_good() -> None:
    """A limit away from the market has no part in what trades there meanwhile."""
    away = order(quantity=100, volume=Decimal(1_000_000), looked=True, limit_price=Decimal(99))
    far = [market(volume=str(1_000_000 + 900 * number)) for number in (1, 2)]
    outcome = seen(away, *far, market("98.90", volume="1001900"))
    assert [quantity for quantity, _ in fills(outcome)] == [10]

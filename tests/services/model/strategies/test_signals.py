"""From wishes to signals: sizes, sides, what is on its way, and ids."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot import codec
from stockbot.events.trading import Intent, OrderTerms, OrderType, Side, Signal, SignalGenerated
from stockbot.model.strategies.signals import Instance, Occasion, Withheld, signal_id, signal_of
from stockbot.model.strategies.sizing import FixedQuantity, PercentOfEquity
from stockbot.model.strategies.view import View, WorkingOrder
from stockbot.model.strategies.wishes import Enter, Exit, Target, Trade
from stockbot.testing.clock import START
from stockbot.testing.events import quote

HUNDRED = Instance(name="trend", account="paper", interval="1m", sizing=FixedQuantity(Decimal(100)))
OCCASION = Occasion(
    symbol="AAPL",
    version="3",
    price=Decimal("187.45"),
    priced_at=START,
    expires=START + timedelta(minutes=2),
    quotes=(quote(),),
)


def held(position: str, *, working: str = "0", undecided: str = "0") -> View:
    leaves = Decimal(working)
    side = Side.BUY if leaves > 0 else Side.SELL
    orders = (WorkingOrder(client_order_id="o1", side=side, leaves=abs(leaves)),) if leaves else ()
    return View(position=Decimal(position), orders=orders, undecided=Decimal(undecided), equity=Decimal(50_000))


def target(fraction: float, band: float | None = None) -> Target:
    return Target(fraction=fraction, reason="because", indicators={"x": 1.5}, band=band)


def order(wish: Trade, view: View, instance: Instance = HUNDRED) -> str:
    """The signal in words: side, quantity and target; or why there is none."""
    made = signal_of(wish, instance, view, OCCASION)
    if isinstance(made, Withheld):
        return made.reason
    return f"{made.side} {made.quantity:f}" + (f" to {made.target:f}" if made.target is not None else "")


@pytest.mark.parametrize(
    ("wish", "view", "words"),
    [
        (target(1), held("0"), "buy 100 to 100"),
        (target(-1), held("0"), "sell 100 to -100"),
        (target(0.505), held("0"), "buy 50 to 50"),
        (target(0), held("0"), "already there"),
        (target(0), held("37.5"), "sell 37.5 to 0"),
        (target(0), held("-40"), "buy 40 to 0"),
        (target(-1), held("100"), "sell 200 to -100"),
        (target(1), held("100"), "already long: 100"),
        (target(1), held("3"), "already long: 3"),
        (target(-1), held("-3"), "already short: -3"),
        (target(1), held("0", working="60"), "already long: 60"),
        (target(1), held("0", undecided="100"), "already long: 100"),
        (target(0), held("100", working="-100"), "already there"),
        (target(0), held("100", working="-60"), "sell 40 to 0"),
        (target(0), held("0", working="60"), "sell 60 to 0"),
        (target(1, band=0.1), held("91"), "already there: 91 shares with what is on its way, wished for 100"),
        (target(1, band=0.1), held("90"), "already there"),
        (target(1, band=0.1), held("89"), "buy 11 to 100"),
        (target(1, band=0.1), held("111"), "sell 11 to 100"),
        (target(1, band=0.0), held("99"), "buy 1 to 100"),
        (target(1, band=0.0), held("100"), "already there"),
        (target(0.001), held("0"), "0.001 of 100 shares is less than one lot"),
        (Enter(fraction=1, reason=""), held("500"), "buy 100"),
        (Enter(fraction=-0.25, reason=""), held("0"), "sell 25"),
        (Exit(reason=""), held("37.5"), "sell 37.5"),
        (Exit(reason=""), held("-40"), "buy 40"),
        (Exit(reason=""), held("100", working="-60"), "sell 40"),
        (Exit(reason=""), held("100", undecided="-100"), "nothing to close: 100 shares, -100 on their way"),
        (Exit(reason=""), held("0"), "nothing to close"),
        (Exit(reason="", fraction=0.5), held("75"), "sell 37"),
        (Exit(reason="", fraction=0.5), held("100", working="-80"), "sell 20"),
        (Exit(reason="", fraction=0.5), held("1"), "nothing to close"),
    ],
)
def test_what_a_wish_becomes(wish: Trade, view: View, words: str) -> None:
    """Position, working orders and undecided signals count; a whole close takes fractions of a share too."""
    assert order(wish, view).startswith(words)


def test_without_equity_reductions_still_pass() -> None:
    """What must be sized is withheld with the reason; closing needs no size."""
    percent = Instance(name="trend", account="paper", interval="1m", sizing=PercentOfEquity(Decimal(10)))
    unknown = View(position=Decimal(10))
    assert order(target(-1), unknown, percent) == "the account's equity is not known"
    assert order(Enter(fraction=1, reason=""), unknown, percent) == "the account's equity is not known"
    assert order(target(0), unknown, percent) == "sell 10 to 0"
    assert order(Exit(reason=""), unknown, percent) == "sell 10"


def test_a_signal_carries_what_explains_it() -> None:
    """Reason, indicators, version, price with its time, expiry, terms and quotes, and it passes the codec."""
    terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("187.00"))
    wish = Enter(fraction=1, reason="a dip", indicators={"rsi": 21.5}, terms=terms)
    made = signal_of(wish, HUNDRED, held("0"), OCCASION)
    assert isinstance(made, Signal)
    assert (made.strategy, made.account, made.strategy_version) == ("trend", "paper", "3")
    assert (made.intent, made.reason, made.indicators) == (Intent.ENTER, "a dip", {"rsi": 21.5})
    assert (made.reference_price, made.reference_time) == (Decimal("187.45"), START)
    assert (made.valid_until, made.terms, made.quotes) == (OCCASION.expires, terms, OCCASION.quotes)
    event = SignalGenerated(id="s1", source="s", time=START, subject="AAPL", correlationid="c", data=made)
    assert codec.decode(codec.encode(event)) == event


@given(
    fraction=st.floats(-1, 1),
    position=st.integers(-500, 500),
    undecided=st.integers(-500, 500),
    percent=st.integers(1, 100),
    band=st.none() | st.floats(0, 1),
)
def test_a_target_is_never_passed(
    fraction: float, position: int, undecided: int, percent: int, band: float | None
) -> None:
    """What is expected plus the order is the target; it has the wish's sign and stays within its part of equity."""
    instance = Instance(name="t", account="a", interval="1m", sizing=PercentOfEquity(Decimal(percent)))
    view = View(position=Decimal(position), undecided=Decimal(undecided), equity=Decimal(50_000))
    made = signal_of(target(fraction, band), instance, view, OCCASION)
    if isinstance(made, Signal):
        assert made.target is not None
        assert made.quantity is not None
        signed = made.quantity if made.side is Side.BUY else -made.quantity
        assert view.expected + signed == made.target
        assert made.target == 0 or (made.target > 0) == (fraction > 0)
        assert abs(made.target) * OCCASION.price <= Decimal(50_000) * percent / 100
        after = View(position=view.position, undecided=view.undecided + signed, equity=view.equity)
        assert isinstance(signal_of(target(fraction, band), instance, after, OCCASION), Withheld)


def test_ids_are_what_they_always_were() -> None:
    """A release that changed them would send orders twice: the id of a known wish is written down here."""
    assert signal_id("trend", "AAPL", "1m", START, 0) == "6de3e1163ebb1243443b110e650c122a"


def test_ids_do_not_depend_on_the_zone_that_a_time_is_written_in() -> None:
    """The same moment in New York's winter gives the same id."""
    there = START.astimezone(timezone(timedelta(hours=-5)))
    assert signal_id("trend", "AAPL", "1m", there, 0) == signal_id("trend", "AAPL", "1m", START, 0)


@given(
    st.lists(
        st.tuples(
            st.text(max_size=4),
            st.text(max_size=4),
            st.sampled_from(["1m", "1d", "tick"]),
            st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
            st.integers(0, 3),
        ),
        unique=True,
        min_size=2,
        max_size=5,
    )
)
def test_ids_of_different_wishes_differ(parts: list[tuple[str, str, str, datetime, int]]) -> None:
    """Also where the names run into each other: ("a", "bc") is not ("ab", "c")."""
    assert len({signal_id(*one) for one in parts}) == len(parts)

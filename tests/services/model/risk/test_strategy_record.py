"""A strategy's own wins and losses: round trips, flips, fees, sessions, and against an oracle."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.trading import Execution, OrderReport, OrderState, Side
from stockbot.model.risk.strategy_record import StrategyRecord, begin_session, book_fill, session_loss
from stockbot.testing.clock import START as NOW


def fill(shares: int, price: str, *, fee: str = "0", symbol: str = "AAPL", after: int = 0) -> OrderReport:
    """A fill of so many shares, sold when below zero."""
    at = NOW + timedelta(seconds=after)
    return OrderReport(
        account="paper",
        client_order_id="order-1",
        strategy="trend",
        symbol=symbol,
        side=Side.BUY if shares > 0 else Side.SELL,
        state=OrderState.FILLED,
        quantity=abs(Decimal(shares)),
        filled_quantity=abs(Decimal(shares)),
        execution=Execution(
            execution_id="e", quantity=abs(Decimal(shares)), price=Decimal(price), fee=Decimal(fee), executed_at=at
        ),
    )


def booked(*fills: OrderReport, record: StrategyRecord | None = None) -> StrategyRecord:
    record = record or begin_session(StrategyRecord(), "2026-03-02", {})
    for one in fills:
        record = book_fill(record, one)
    return record


def test_losing_trades_in_a_row_are_counted() -> None:
    """Each round trip that loses counts one, with the time of its last fill; a winning one starts anew."""
    once = booked(fill(10, "10"), fill(-10, "9", after=5))
    assert (once.losses_in_a_row, once.last_loss_at) == (1, NOW + timedelta(seconds=5))
    twice = booked(fill(-10, "10"), fill(10, "11"), record=once)
    assert twice.losses_in_a_row == 2
    assert booked(fill(10, "10"), fill(-10, "11"), record=twice).losses_in_a_row == 0


def test_a_trade_is_over_when_flat() -> None:
    """Partial exits are parts of one trade; its fees count; a trade that ends even is no loss."""
    assert booked(fill(10, "10"), fill(-4, "1")).losses_in_a_row == 0
    assert booked(fill(10, "10"), fill(-4, "1"), fill(-6, "16")).losses_in_a_row == 0
    assert booked(fill(10, "10", fee="1"), fill(-10, "10")).losses_in_a_row == 1
    assert booked(fill(10, "10"), fill(-10, "10")).losses_in_a_row == 0


def test_a_fill_through_zero_ends_one_trade_and_begins_another() -> None:
    """The part that closes decides about the old trade, the rest opens at the same price with its part of the fee."""
    flipped = booked(fill(10, "10"), fill(-15, "9", fee="3"))
    assert flipped.losses_in_a_row == 1
    assert flipped.trips["AAPL"].quantity == -5
    assert flipped.trips["AAPL"].cash == 44
    assert booked(fill(5, "8"), record=flipped).losses_in_a_row == 0
    covered = booked(fill(-10, "10"), fill(15, "11"))
    assert covered.losses_in_a_row == 1
    assert covered.trips["AAPL"].quantity == 5


def test_a_report_without_a_fill_changes_nothing() -> None:
    """An order that is merely accepted wins and loses nothing."""
    record, report = StrategyRecord(), fill(1, "1")
    quiet = OrderReport(
        account="paper",
        client_order_id="o",
        strategy="trend",
        symbol="AAPL",
        side=report.side,
        state=OrderState.ACCEPTED,
        quantity=Decimal(1),
    )
    assert book_fill(record, quiet) is record


def test_a_session_s_loss_counts_open_positions_from_its_start() -> None:
    """Yesterday's loss is over; a position held over night counts from its worth at the session's start."""
    record = booked(fill(10, "10"))
    assert session_loss(record, {"AAPL": Decimal(8)}) == 20
    tuesday = begin_session(record, "2026-03-03", {"AAPL": Decimal(8)})
    assert session_loss(tuesday, {"AAPL": Decimal(8)}) == 0
    assert session_loss(tuesday, {"AAPL": Decimal(7)}) == 10
    assert begin_session(tuesday, "2026-03-03", {"AAPL": Decimal(1)}) is tuesday
    assert begin_session(tuesday, "2026-03-02", {"AAPL": Decimal(1)}) is tuesday


def test_without_a_price_the_loss_is_unknown() -> None:
    """A missing mark, now or at the session's start, leaves the loss unknown until there is one."""
    record = booked(fill(10, "10"))
    assert session_loss(record, {}) is None
    blind = begin_session(record, "2026-03-03", {})
    assert session_loss(blind, {"AAPL": Decimal(8)}) is None
    assert session_loss(begin_session(blind, "2026-03-03", {"AAPL": Decimal(8)}), {"AAPL": Decimal(7)}) == 10


FILLS = st.lists(
    st.tuples(st.sampled_from(["AAPL", "MSFT"]), st.integers(-20, 20).filter(bool), st.integers(1, 50)), max_size=20
)


@given(fills=FILLS, marks=st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_the_loss_is_cash_and_worth_whatever_was_traded(
    fills: list[tuple[str, int, int]], marks: tuple[int, int]
) -> None:
    """From flat, the session's loss is what was paid, less what was received and what is held."""
    prices = dict(zip(("AAPL", "MSFT"), map(Decimal, marks), strict=True))
    record = booked(*(fill(shares, str(price), fee="1", symbol=symbol) for symbol, shares, price in fills))
    paid = sum(shares * price + 1 for _, shares, price in fills)
    worth = sum(shares * prices[symbol] for symbol, shares, _ in fills)
    loss = session_loss(record, prices)
    assert loss is not None
    assert abs(loss - (paid - worth)) < Decimal("1E-18")
    assert {name: trip.quantity for name, trip in record.trips.items()} == {
        name: total for name in prices if (total := sum(shares for symbol, shares, _ in fills if symbol == name))
    }

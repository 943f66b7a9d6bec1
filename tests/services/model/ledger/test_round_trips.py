"""Trades from flat to flat, by hand-made figures."""

from datetime import timedelta
from decimal import Decimal

from stockbot.model.ledger.movements import EXTERNAL, Book, Fill, Split, Transfer, fold
from stockbot.model.ledger.round_trips import Trade
from stockbot.testing.clock import START


def history(*fills: tuple[str, str, str]) -> tuple[Book, list[Trade]]:
    """Fills of shares, price and fee, a minute apart."""
    return fold(
        "AAPL",
        [
            Fill(
                movement_id=f"fill-{n}",
                strategy="trend",
                change=Decimal(change),
                price=Decimal(price),
                fee=Decimal(fee),
                at=START + timedelta(minutes=n),
                correlationid=f"chain-{n}",
                signal_id=f"signal-{n}",
            )
            for n, (change, price, fee) in enumerate(fills)
        ],
    )


def test_in_and_out_in_parts() -> None:
    """Two entries and two exits are one trade at the mean prices, with all fees and all signals."""
    book, (trade,) = history(("10", "100", "1"), ("10", "110", "1"), ("-5", "120", "1"), ("-15", "130", "1"))
    assert book.trips == {}
    assert [trade.quantity, trade.entry_price, trade.exit_price] == [20, 105, Decimal("127.5")]
    assert [trade.profit, trade.fees] == [446, 4]
    assert trade.return_fraction == (Decimal(446) / 2100).quantize(Decimal("1E-12"))
    assert (trade.direction, trade.signal_ids) == ("long", ("signal-0", "signal-1", "signal-2", "signal-3"))
    assert trade.closed_at - trade.opened_at == timedelta(minutes=3)
    assert (trade.correlationid, trade.closing_correlationid) == ("chain-0", "chain-3")


def test_a_flip_splits_the_fee_by_shares() -> None:
    """30 dollars for 15 shares: 20 for the 10 that closed, 10 for the 5 that opened."""
    book, (trade,) = history(("10", "100", "0"), ("-15", "110", "30"))
    assert [trade.profit, trade.fees] == [80, 20]
    assert [book.trips["trend"].quantity, book.trips["trend"].fees] == [-5, 10]


def test_a_short_wins_when_it_falls() -> None:
    """Its worst moment is the highest price, its best the lowest."""
    _, (trade,) = history(("-10", "100", "0"), ("-10", "120", "0"), ("20", "90", "0"))
    assert (trade.direction, trade.profit) == ("short", Decimal(400))
    assert trade.adverse == (Decimal(1) - Decimal(120) / 110).quantize(Decimal("1E-12"))
    assert trade.favourable == (Decimal(1) - Decimal(90) / 110).quantize(Decimal("1E-12"))


def test_a_split_in_between_changes_no_profit() -> None:
    """100 shares at 10 become 200: sold at 6 they won 200, and the prices are those of new shares."""
    first = Fill(movement_id="1", strategy="t", change=Decimal(100), price=Decimal(10), at=START, correlationid="a")
    split = Split(movement_id="2", new=Decimal(2), old=Decimal(1), at=START)
    last = Fill(movement_id="3", strategy="t", change=Decimal(-200), price=Decimal(6), at=START, correlationid="b")
    book, (trade,) = fold("AAPL", [first, split, last])
    assert [trade.quantity, trade.entry_price, trade.exit_price, trade.profit] == [200, 5, 6, 200]
    assert book.account.quantity == 0


def test_shares_that_cost_nothing() -> None:
    """Shares that were moved in may have no price: selling them is a trade without a return, and no error."""
    given = Transfer(movement_id="1", change=Decimal(5), price=Decimal(0), at=START, correlationid="a")
    sold = Fill(movement_id="2", strategy=EXTERNAL, change=Decimal(-5), price=Decimal(10), at=START, correlationid="b")
    _, (trade,) = fold("AAPL", [given, sold])
    assert [trade.profit, trade.return_fraction, trade.favourable] == [50, 0, 0]

"""Trades as rows."""

from datetime import UTC

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import trades
from stockbot_console.bookkeeper_answers import Trade
from stockbot_console.view_models.trades import trade_row


def test_a_trade_says_what_came_of_it() -> None:
    """Direction and size, both prices, the profit after fees, and how long it was held."""
    row = trade_row(msgspec.convert(trades(START)[1], Trade), UTC)
    assert row["quantity"] == "long 15"
    assert row["prices"] == "417.80 → 414.22"
    assert (row["profit"], row["profitDirection"], row["percent"]) == (
        "▼ \N{MINUS SIGN}54.40",
        "down",
        "▼ \N{MINUS SIGN}0.87 %",
    )
    assert (row["held"], row["chain"], row["closingChain"]) == ("47 min", "chain-s3", "chain-s4")

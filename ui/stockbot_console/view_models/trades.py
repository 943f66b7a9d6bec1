"""Trades, entry matched to exit, as rows of a grid. Pure."""

from datetime import tzinfo
from typing import TypedDict

from stockbot_console.bookkeeper_answers import Trade
from stockbot_console.view_models.ages import duration_text, epoch_milliseconds, exact_text
from stockbot_console.view_models.gains import gain, gain_percent
from stockbot_console.view_models.numbers import price_text, quantity_text


class TradeRow(TypedDict):
    key: str
    at: int
    exact: str
    symbol: str
    strategy: str
    quantity: str
    prices: str
    profit: str
    profitValue: float
    profitDirection: str
    percent: str
    percentDirection: str
    held: str
    chain: str
    closingChain: str


def trade_row(trade: Trade, zone: tzinfo) -> TradeRow:
    profit = gain(trade.profit)
    return TradeRow(
        key=f"{trade.number}",
        at=epoch_milliseconds(trade.closed_at),
        exact=f"{exact_text(trade.opened_at, zone)} to {exact_text(trade.closed_at, zone)}",
        symbol=trade.symbol,
        strategy=trade.strategy,
        quantity=f"{trade.direction} {quantity_text(trade.quantity)}",
        prices=f"{price_text(trade.entry_price)} \N{RIGHTWARDS ARROW} {price_text(trade.exit_price)}",
        profit=profit.text,
        profitValue=float(trade.profit),
        profitDirection=profit.direction,
        percent=gain_percent(trade.return_fraction).text,
        percentDirection=gain_percent(trade.return_fraction).direction,
        held=duration_text(trade.closed_at - trade.opened_at),
        chain=trade.correlationid,
        closingChain=trade.closing_correlationid,
    )

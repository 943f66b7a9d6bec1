"""Each event in a few words for a line on a terminal. Pure. Used by `stockbot events`."""

from collections.abc import Sequence
from decimal import Decimal

from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert, RiskAlert, ServiceAlert
from stockbot.events.market import MarketData, Quote
from stockbot.events.portfolio import Portfolio, PortfolioUpdate
from stockbot.events.trading import (
    Approval,
    Denial,
    OrderApproved,
    OrderReport,
    OrderUpdate,
    RiskBlock,
    Signal,
    SignalGenerated,
)

SHOWN_QUOTES = 6


def sentence(event: AnyEvent) -> str:  # noqa: PLR0911 - one line for each type of the contract
    match event:
        case MarketData(data=tick):
            return quotes(tick.quotes)
        case SignalGenerated(data=signal):
            return signal_sentence(signal)
        case OrderApproved(data=approval):
            return approval_sentence(approval)
        case RiskBlock(data=denial):
            return denial_sentence(denial)
        case OrderUpdate(data=report):
            return report_sentence(report)
        case PortfolioUpdate(data=portfolio):
            return portfolio_sentence(portfolio)
        case RiskAlert(data=alert) | ServiceAlert(data=alert):
            return alert_sentence(alert)


def quotes(ticked: Sequence[Quote]) -> str:
    """`2 quotes, 1 stale: AAPL 187.2, MSFT 410.11`."""
    stale = sum(quote.stale for quote in ticked)
    count = f"{len(ticked)} quote{'' if len(ticked) == 1 else 's'}{f', {stale} stale' if stale else ''}"
    shown = ", ".join(f"{quote.symbol} {plain(quote.mark)}" for quote in ticked[:SHOWN_QUOTES])
    more = f", and {len(ticked) - SHOWN_QUOTES} more" if len(ticked) > SHOWN_QUOTES else ""
    return f"{count}: {shown}{more}" if ticked else count


def signal_sentence(signal: Signal) -> str:
    wish = (
        f"target {plain(signal.target)}"
        if signal.target is not None
        else f"{signal.intent} {signal.side} {plain(signal.quantity)}"
    )
    return f"{signal.strategy}: {wish} {signal.symbol} near {plain(signal.reference_price)}: {signal.reason}"


def approval_sentence(approval: Approval) -> str:
    wish = f"{approval.side} {plain(approval.quantity)} {approval.signal.symbol}"
    return f"{approval.signal.strategy}: {wish}, held {plain(approval.held)}, until {approval.expires_at:%H:%M:%S}Z"


def denial_sentence(denial: Denial) -> str:
    reasons = ", ".join(reason.code for reason in denial.reasons)
    return f"{denial.strategy}: denied {denial.symbol}: {reasons}"


def report_sentence(report: OrderReport) -> str:
    order = f"{report.side} {plain(report.quantity)} {report.symbol}"
    fill = f", {plain(report.execution.quantity)} at {plain(report.execution.price)}" if report.execution else ""
    return f"{report.state}: {order}, {plain(report.filled_quantity)} filled{fill} {report.reason}".rstrip()


def portfolio_sentence(portfolio: Portfolio) -> str:
    equity = "unknown" if portfolio.equity is None else f"{plain(portfolio.equity)} {portfolio.currency}"
    return (
        f"version {portfolio.version}: equity {equity}, cash {plain(portfolio.cash)},"
        f" {len(portfolio.positions)} positions"
    )


def alert_sentence(alert: Alert) -> str:
    word = "resolved" if alert.resolved else str(alert.severity)
    return f"{word}: {alert.title}{f' ({alert.detail})' if alert.detail else ''}"


def plain(number: Decimal | None) -> str:
    """The number without an exponent; a dash for none."""
    return "-" if number is None else f"{number:f}"


def printable(text: str) -> str:
    """The text with control characters replaced: what came over the bus must not steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)

"""Plain, valid events for tests, each field as ordinary as it can be."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.events.market import MarketData, Quote, Session, Tick
from stockbot.events.portfolio import Portfolio, PortfolioUpdate
from stockbot.testing.clock import START


def quote(symbol: str = "AAPL", last: str = "187.45", *, at: datetime = START, provider: str = "demo") -> Quote:
    price = Decimal(last)
    return Quote(
        symbol=symbol,
        bid=price - Decimal("0.01"),
        ask=price + Decimal("0.01"),
        last=price,
        volume=Decimal(1200),
        source_time=at,
        receive_time=at,
        provider=provider,
        session=Session.OPEN,
    )


def market_data(
    sequence: int = 1,
    *,
    quotes: Sequence[Quote] = (),
    shard: int = 0,
    incarnation: str = "a",
    at: datetime = START,
) -> MarketData:
    event_id = f"market-data-gateway/{shard}-{incarnation}-{sequence}"
    return MarketData(
        id=event_id,
        source=f"market-data-gateway/{shard}",
        time=at,
        subject=str(shard),
        correlationid=event_id,
        sequence=sequence,
        incarnation=incarnation,
        data=Tick(shard=shard, interval_seconds=5.0, quotes=tuple(quotes) or (quote(at=at),)),
    )


def service_alert(number: int = 1, *, source: str = "market-data-gateway/0") -> ServiceAlert:
    return ServiceAlert(
        id=f"{source}-alert-{number}",
        source=source,
        time=START,
        subject="demo",
        correlationid=f"{source}-alert-{number}",
        data=Alert(fingerprint=f"stale-{number}", severity=Severity.WARNING, title=f"prices are stale ({number})"),
    )


def portfolio_update(version: int, *, account: str = "paper", incarnation: str = "1.a") -> PortfolioUpdate:
    return PortfolioUpdate(
        id=f"{account}-{incarnation}-{version}",
        source="portfolio-manager/0",
        time=START,
        subject=account,
        correlationid=f"{account}-{version}",
        sequence=version,
        incarnation=incarnation,
        data=Portfolio(account=account, version=version, through_sequence=version, cash=Decimal("100000.00")),
    )

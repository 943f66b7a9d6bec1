"""The providers and sources that a document lists. Used by the gateway's composition root; nothing connects here."""

import os
import random
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from stockbot.errors import ConfigurationError
from stockbot.market_data_gateway.budgets import Meter
from stockbot.market_data_gateway.providers.alpha_vantage import AlphaVantage
from stockbot.market_data_gateway.providers.demo import DemoProvider
from stockbot.market_data_gateway.providers.protocol import Provider, ProviderUnavailable
from stockbot.market_data_gateway.providers.replay import ReplayProvider
from stockbot.market_data_gateway.providers.yahoo_finance import YahooFinance
from stockbot.market_data_gateway.replay_series import read_series
from stockbot.market_data_gateway.sessions import trading_hours
from stockbot.market_data_gateway.sources import Source
from stockbot.model.demo_market import DemoMarket
from stockbot.model.request_budget import Budget
from stockbot.model.trading_hours import RoundTheClock, TradingHours
from stockbot.runtime.clock import Clock
from stockbot.spec import providers as documents
from stockbot.spec import secret_of
from stockbot.spec.providers import Hours, PriceProvider, ProviderType

LABELS = {
    ProviderType.DEMO: "Demo market: simulated prices",
    ProviderType.REPLAY: "Replay: prices of the past",
    ProviderType.YAHOO_FINANCE: "Yahoo Finance",
    ProviderType.ALPHA_VANTAGE: "Alpha Vantage",
}
FREE_TIER = {ProviderType.ALPHA_VANTAGE: Budget(per_minute=5, per_day=25)}  # where the document sets no budget
YEARS_BACK = 5


def source_of(
    document: PriceProvider,
    *,
    exchanges: Mapping[str, str],
    clock: Clock,
    meter: Meter,
    environment: Mapping[str, str] = os.environ,
) -> Source:
    """One source, not connected; ConfigurationError for a missing key or unusable files."""
    budget = Budget(per_minute=document.budget.per_minute, per_day=document.budget.per_day)
    return Source(
        provider=_provider_of(document, exchanges, clock, environment),
        type=document.type.value,
        label=LABELS[document.type],
        meter=meter,
        clock=clock,
        jitter=random.random,
        budget=budget if budget.limits else FREE_TIER.get(document.type, budget),
    )


def _provider_of(
    document: PriceProvider, exchanges: Mapping[str, str], clock: Clock, environment: Mapping[str, str]
) -> Provider:
    match document.type:
        case ProviderType.DEMO:
            return _demo(document.name, document.demo or documents.Demo(), exchanges, clock)
        case ProviderType.REPLAY:
            return _replay(document.name, document.replay or documents.Replay(), exchanges, clock)
        case ProviderType.YAHOO_FINANCE:
            options = document.yahoo_finance or documents.YahooFinance()
            return YahooFinance(
                document.name, clock, base_url=options.base_url, timeout_seconds=float(document.timeout_seconds)
            )
        case ProviderType.ALPHA_VANTAGE:
            return _alpha_vantage(document, clock, environment)


def _demo(name: str, options: documents.Demo, exchanges: Mapping[str, str], clock: Clock) -> Provider:
    market = DemoMarket(seed=options.seed, volatility=float(options.volatility), spread=float(options.spread))
    always = RoundTheClock()

    def hours_of(symbol: str) -> TradingHours:
        try:
            return always if options.hours is Hours.ALWAYS else hours_around(exchanges[symbol], clock.now())
        except ConfigurationError as error:
            raise ProviderUnavailable(str(error)) from error

    return DemoProvider(name=name, market=market, hours_of=hours_of, clock=clock)


def _replay(name: str, options: documents.Replay, exchanges: Mapping[str, str], clock: Clock) -> Provider:
    series = read_series(options.files, provider=name, exchange_of=exchanges.get)
    return ReplayProvider(
        name=name,
        series=series,
        clock=clock,
        began=clock.now(),
        speed=options.speed,
        start=options.start,
        loop=options.loop,
    )


def _alpha_vantage(document: PriceProvider, clock: Clock, environment: Mapping[str, str]) -> Provider:
    options = document.alpha_vantage
    assert options is not None  # noqa: S101 - stockbot.spec refuses such a document
    return AlphaVantage(
        document.name,
        secret_of(options.api_key, environment),
        clock,
        base_url=options.base_url,
        entitlement=options.entitlement,
        timeout_seconds=float(document.timeout_seconds),
    )


def hours_around(exchange: str, now: datetime) -> TradingHours:
    """The sessions of some years before and of all of the next year; computed once a year."""
    return _hours(exchange, now.year)


@lru_cache(maxsize=32)
def _hours(exchange: str, year: int) -> TradingHours:
    return trading_hours(exchange, date(year - YEARS_BACK, 1, 1), date(year + 1, 12, 31))

"""The Yahoo provider against a server on loopback, through yfinance's own connection."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stockbot.events.market import Adjustment
from stockbot.market_data_gateway.providers.protocol import (
    MalformedAnswer,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)
from stockbot.market_data_gateway.providers.yahoo_finance import YahooFinance
from stockbot.testing import provider as fakes
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.provider import FakeProvider, Misbehaviour
from stockbot.testing.provider_answers import FakeListing

DAYS = (START - timedelta(days=30), START + timedelta(days=1))


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def yahoo(fake: FakeProvider) -> AsyncIterator[YahooFinance]:
    provider = YahooFinance("yahoo", FixedClock(), base_url=fake.url, timeout_seconds=5)
    yield provider
    await provider.close()


async def test_one_request_brings_quotes_of_many_symbols(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """Two symbols come with one request, their float prices rounded to the listing's decimal places."""
    answer = await yahoo.quotes(["AAPL", "MSFT"])
    assert [(q.symbol, q.last, q.bid, q.ask) for q in answer.quotes] == [
        ("AAPL", Decimal("187.44"), Decimal("187.43"), Decimal("187.45")),
        ("MSFT", Decimal("402.56"), Decimal("402.50"), Decimal("402.60")),
    ]
    assert {(q.source_time, q.provider, q.delayed, q.volume) for q in answer.quotes} == {
        (START, "yahoo", False, Decimal(1_000_000))
    }
    assert len(fake.asked()) == 1


async def test_an_unknown_symbol_spoils_no_other(yahoo: YahooFinance) -> None:
    """A symbol that Yahoo does not list is refused by name, the other one has its quote."""
    answer = await yahoo.quotes(["AAPL", "NOPE"])
    assert [q.symbol for q in answer.quotes] == ["AAPL"]
    assert "does not know the symbol NOPE" in answer.refused["NOPE"]


async def test_delay_and_spread_are_as_yahoo_says(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """A listing with a delay is marked, and a bid or ask of zero is no spread."""
    fake.market.listings["VOD.L"] = FakeListing(price=71.02, delayed_by=15)
    (quote,) = (await yahoo.quotes(["VOD.L"])).quotes
    assert (quote.delayed, quote.bid, quote.ask) == (True, None, None)


async def test_nothing_is_written_to_the_home_folder(
    fake: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cookie is kept in memory only."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    provider = YahooFinance("yahoo", FixedClock(), base_url=fake.url)
    await provider.quotes(["AAPL"])
    await provider.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - blocking pathlib is for synchronous tests


@pytest.mark.parametrize(
    ("misbehaviour", "error", "words"),
    [
        (fakes.status(500), ProviderUnavailable, "500"),
        (fakes.status(429), ProviderThrottled, "429"),
        (fakes.html, MalformedAnswer, "web page"),
        (fakes.broken_json, MalformedAnswer, "broken JSON"),
        (fakes.empty, MalformedAnswer, "empty body"),
        (fakes.cut_short, ProviderUnavailable, "connection failed"),
    ],
)
async def test_each_misbehaviour_is_named(
    yahoo: YahooFinance,
    fake: FakeProvider,
    misbehaviour: Misbehaviour,
    error: type[ProviderError],
    words: str,
) -> None:
    """Every fault of the server becomes the error that says what it was, with one request for prices sent."""
    fake.misbehave(misbehaviour)
    with pytest.raises(error, match=words):
        await yahoo.quotes(["AAPL"])
    assert len(fake.asked()) == 1


async def test_a_broken_connection_is_named(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """A reset is an unavailable provider.

    Libcurl itself tries a kept connection once more, as browsers do.
    """
    fake.misbehave(fakes.resets)
    with pytest.raises(ProviderUnavailable, match="connection failed"):
        await yahoo.quotes(["AAPL"])


@pytest.mark.parametrize(("misbehaviour", "words"), [(fakes.not_a_number, "NaN"), (fakes.wrong_types, "is a list")])
async def test_a_price_that_is_none_is_refused_with_its_reason(
    yahoo: YahooFinance, fake: FakeProvider, misbehaviour: Misbehaviour, words: str
) -> None:
    """NaN and wrong types never become a quote; the reason names the field."""
    fake.misbehave(misbehaviour)
    answer = await yahoo.quotes(["AAPL"])
    assert answer.quotes == ()
    assert "regularMarketPrice" in answer.refused["AAPL"]
    assert words in answer.refused["AAPL"]


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ((START + timedelta(minutes=2)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 120.0)]
)
async def test_retry_after_is_kept(yahoo: YahooFinance, fake: FakeProvider, header: str, seconds: float) -> None:
    """Both forms of Retry-After arrive as seconds."""
    fake.misbehave(fakes.status(429, header))
    with pytest.raises(ProviderThrottled) as caught:
        await yahoo.quotes(["AAPL"])
    assert caught.value.retry_after == seconds


async def test_no_answer_at_all_ends_with_the_timeout(fake: FakeProvider) -> None:
    """A server that accepts and says nothing is unavailable after the timeout."""
    provider = YahooFinance("yahoo", FixedClock(), base_url=fake.url, timeout_seconds=0.5)
    fake.misbehave(fakes.hangs)
    with pytest.raises(ProviderUnavailable, match="did not answer in time"):
        await provider.quotes(["AAPL"])
    await provider.close()


async def test_a_refused_batch_is_asked_symbol_by_symbol(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """After two refusals of the batch endpoint the charts serve, one symbol a request, for an hour."""
    fake.misbehave(fakes.status(401), times=2)
    with pytest.raises(ProviderUnavailable, match="new ones are used next time"):
        await yahoo.quotes(["AAPL", "MSFT"])
    with pytest.raises(ProviderUnavailable, match="symbol by symbol"):
        await yahoo.quotes(["AAPL", "MSFT"])
    assert yahoo.batch == 1
    (quote,) = (await yahoo.quotes(["AAPL"])).quotes
    assert (quote.last, quote.delayed) == (Decimal("187.44"), True)
    assert "404" in (await yahoo.quotes(["NOPE"])).refused["NOPE"]
    assert len(fake.asked("/v7/")) == 2


async def test_a_stale_crumb_is_renewed(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """One refusal only makes a new session: the next request succeeds, and batches go on."""
    fake.misbehave(fakes.status(401), times=1)
    with pytest.raises(ProviderUnavailable, match="new ones"):
        await yahoo.quotes(["AAPL"])
    assert len((await yahoo.quotes(["AAPL"])).quotes) == 1
    assert yahoo.batch == 50


async def test_daily_bars_lie_on_the_session(yahoo: YahooFinance) -> None:
    """A day's bar runs from open to close in New York, and today's is not complete."""
    bars = await yahoo.bars("AAPL", "1d", *DAYS, Adjustment.SPLITS)
    assert [(bar.close, bar.complete) for bar in bars] == [
        (Decimal("100.00"), True),
        (Decimal("101.00"), True),
        (Decimal("102.50"), False),
    ]
    assert (bars[-1].start, bars[-1].end) == (
        datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
        datetime(2026, 3, 2, 21, 0, tzinfo=UTC),
    )
    assert {(bar.adjustment, bar.provider) for bar in bars} == {(Adjustment.SPLITS, "yahoo")}


async def test_dividends_are_adjusted_by_yahoos_own_factor(yahoo: YahooFinance) -> None:
    """The whole bar is scaled as the adjusted close is to the close."""
    bars = await yahoo.bars("AAPL", "1d", *DAYS, Adjustment.SPLITS_AND_DIVIDENDS)
    assert (bars[0].low, bars[0].close) == (Decimal("49.50"), Decimal("50.00"))


async def test_hours_are_joined_on_our_own_grid(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """Yahoo's hours start at half past: quarters are asked for and joined on the hours of UTC."""
    bars = await yahoo.bars("AAPL", "1h", *DAYS, Adjustment.SPLITS)
    assert [bar.start.minute for bar in bars] == [0, 0]
    assert bars[0].close == Decimal("101.00")
    assert fake.asked()[0].query["interval"] == "15m"


@pytest.mark.parametrize(
    ("interval", "adjustment"),
    [("1d", Adjustment.RAW), ("5m", Adjustment.SPLITS_AND_DIVIDENDS), ("2h", Adjustment.SPLITS)],
)
async def test_what_yahoo_never_has_is_not_asked_for(
    yahoo: YahooFinance, fake: FakeProvider, interval: str, adjustment: Adjustment
) -> None:
    """Raw prices, adjusted minutes and other intervals are refused without a request."""
    with pytest.raises(UnsupportedRequest, match=adjustment.value):
        await yahoo.bars("AAPL", interval, *DAYS, adjustment)
    assert fake.requests == []


async def test_bars_of_an_unknown_symbol(yahoo: YahooFinance) -> None:
    """Yahoo's own words about an unknown symbol reach the person who asked."""
    with pytest.raises(UnsupportedRequest, match="may be delisted"):
        await yahoo.bars("NOPE", "1d", *DAYS, Adjustment.SPLITS)


async def test_two_providers_do_not_share_a_session(yahoo: YahooFinance, fake: FakeProvider) -> None:
    """Each provider asks its own server, although yfinance keeps one connection per process."""
    async with FakeProvider() as other_fake:
        other = YahooFinance("other", FixedClock(), base_url=other_fake.url)
        for provider in (yahoo, other, yahoo):
            await provider.quotes(["AAPL"])
        await other.close()
        assert (len(fake.asked()), len(other_fake.asked())) == (2, 1)

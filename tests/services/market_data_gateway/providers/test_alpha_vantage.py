"""The Alpha Vantage provider against a server on loopback; the key must show nowhere."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from stockbot.events.market import Adjustment
from stockbot.market_data_gateway.providers.alpha_vantage import AlphaVantage
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    MalformedAnswer,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)
from stockbot.spec.providers import Entitlement
from stockbot.testing import provider as fakes
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.provider import FakeProvider, Misbehaviour

KEY = "SECRET+KEY/77"
DAYS = (START - timedelta(days=30), START + timedelta(days=1))
PER_DAY = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."
PER_MINUTE = "Thank you! Our standard API call frequency is 5 calls per minute and 500 calls per day."
BURST = "Please spread out your requests (1 request per second) to lift the limit (25 requests per day)."
PREMIUM = "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to a plan."
BAD_KEY = "the parameter apikey is invalid or missing. Please claim your free API key."


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


async def connect(fake: FakeProvider, entitlement: Entitlement = Entitlement.NONE, seconds: float = 5) -> AlphaVantage:
    return AlphaVantage(
        "alpha",
        SecretStr(KEY),
        FixedClock(),
        base_url=fake.url,
        entitlement=entitlement,
        timeout_seconds=seconds,
    )


@pytest.fixture
async def alpha(fake: FakeProvider) -> AsyncIterator[AlphaVantage]:
    provider = await connect(fake)
    yield provider
    await provider.close()


async def test_a_quote_is_exact_and_delayed(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """The price is taken as written.

    Without an entitlement it is delayed and never dated later than it can be.
    """
    (quote,) = (await alpha.quotes(["AAPL"])).quotes
    assert (quote.last, quote.volume, quote.delayed) == (Decimal("187.4400"), Decimal(1_000_000), True)
    assert quote.source_time == START - timedelta(minutes=15)
    assert fake.asked()[0].query["apikey"] == KEY


async def test_yesterdays_price_is_dated_at_the_close(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """A price of an earlier trading day was made at four o'clock in New York."""
    fake.market.now = START - timedelta(days=3)
    (quote,) = (await alpha.quotes(["AAPL"])).quotes
    assert quote.source_time == datetime(2026, 2, 27, 21, 0, tzinfo=UTC)


async def test_realtime_asks_for_many_symbols_at_once(fake: FakeProvider) -> None:
    """With the entitlement `realtime` one request carries all symbols, and quotes are not delayed."""
    alpha = await connect(fake, Entitlement.REALTIME)
    answer = await alpha.quotes(["AAPL", "MSFT", "NOPE"])
    await alpha.close()
    assert [(q.symbol, q.delayed, q.source_time) for q in answer.quotes] == [
        ("AAPL", False, START),
        ("MSFT", False, START),
    ]
    assert "NOPE" in answer.refused["NOPE"]
    assert (alpha.batch, len(fake.asked())) == (100, 1)


async def test_sample_prices_are_not_taken_for_real_ones(fake: FakeProvider) -> None:
    """A bulk answer that does not say `success` holds sample prices: refused."""
    alpha = await connect(fake, Entitlement.REALTIME)
    fake.misbehave(fakes.says("message", "sample data for demonstration"))
    with pytest.raises(AccessRefused, match="does not vouch"):
        await alpha.quotes(["AAPL"])
    await alpha.close()


@pytest.mark.parametrize("key", ["Note", "Information"])
@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (PER_DAY, 9 * 3600.0),  # START is 15:00 UTC: midnight UTC comes before midnight in New York
        (PER_MINUTE, 60.0),
        (BURST, 2.0),
        ("Thank you for using Alpha Vantage!", 60.0),
    ],
)
async def test_throttling_in_an_answer_200(
    alpha: AlphaVantage, fake: FakeProvider, key: str, words: str, seconds: float
) -> None:
    """The throttle text is recognised, and how long to wait depends on the limit that it names."""
    fake.misbehave(fakes.says(key, words))
    with pytest.raises(ProviderThrottled) as caught:
        await alpha.quotes(["AAPL"])
    assert caught.value.retry_after == seconds
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(("key", "words"), [("Error Message", BAD_KEY), ("Information", BAD_KEY)])
async def test_a_wrong_key_is_access_refused(alpha: AlphaVantage, fake: FakeProvider, key: str, words: str) -> None:
    """A wrong key is not taken for throttling: only a person can mend it."""
    fake.misbehave(fakes.says(key, words))
    with pytest.raises(AccessRefused, match="invalid or missing"):
        await alpha.quotes(["AAPL"])


async def test_what_the_plan_does_not_hold(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """A premium function refuses access for quotes, and is merely unsupported for bars."""
    fake.misbehave(fakes.says("Information", PREMIUM))
    with pytest.raises(AccessRefused, match="set entitlement"):
        await alpha.quotes(["AAPL"])
    with pytest.raises(UnsupportedRequest, match="premium"):
        await alpha.bars("AAPL", "5m", START - timedelta(days=1), START, Adjustment.RAW)


@pytest.mark.parametrize(
    ("misbehaviour", "error", "words"),
    [
        (fakes.status(500), ProviderUnavailable, "500"),
        (fakes.status(429, "3"), ProviderThrottled, "429"),
        (fakes.status(403), AccessRefused, "403"),
        (fakes.html, MalformedAnswer, "web page"),
        (fakes.broken_json, MalformedAnswer, "broken JSON"),
        (fakes.empty, MalformedAnswer, "empty body"),
        (fakes.cut_short, ProviderUnavailable, "connection failed"),
        (fakes.resets, ProviderUnavailable, "connection failed"),
    ],
)
async def test_each_misbehaviour_is_named(
    alpha: AlphaVantage, fake: FakeProvider, misbehaviour: Misbehaviour, error: type[ProviderError], words: str
) -> None:
    """Every fault of the server becomes the error that says what it was, without the key."""
    fake.misbehave(misbehaviour)
    with pytest.raises(error, match=words) as caught:
        await alpha.quotes(["AAPL"])
    assert KEY not in f"{caught.value} {caught.value.__cause__}"


async def test_no_answer_at_all_ends_with_the_timeout(fake: FakeProvider) -> None:
    """A server that accepts and says nothing is unavailable after the timeout."""
    alpha = await connect(fake, seconds=0.3)
    fake.misbehave(fakes.hangs)
    with pytest.raises(ProviderUnavailable, match="did not answer in time"):
        await alpha.quotes(["AAPL"])
    await alpha.close()


async def test_a_bad_price_or_an_unknown_symbol_is_refused_alone(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """Wrong types, an empty quote and an unknown symbol are reasons, not failures."""
    assert "no symbol NOPE" in (await alpha.quotes(["NOPE"])).refused["NOPE"]
    fake.misbehave(fakes.wrong_types, times=1)
    assert "is a list" in (await alpha.quotes(["AAPL"])).refused["AAPL"]
    fake.misbehave(fakes.says("Error Message", "Invalid API call. Please retry."), times=1)
    assert "Invalid API call" in (await alpha.quotes(["AAPL"])).refused["AAPL"]


async def test_the_key_is_in_no_log(alpha: AlphaVantage, caplog: pytest.LogCaptureFixture) -> None:
    """The HTTP client logs its URLs, without the query in which the key travels."""
    caplog.set_level(logging.DEBUG, logger="httpx")  # a program that another test set up may have silenced it
    await alpha.quotes(["AAPL"])
    assert "/query" in caplog.text
    assert "SECRET" not in caplog.text


async def test_daily_bars_are_raw_and_lie_on_the_session(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """Raw daily bars run from open to close in New York; a short range asks for the compact answer."""
    bars = await alpha.bars("AAPL", "1d", *DAYS, Adjustment.RAW)
    assert [bar.close for bar in bars] == [Decimal("100.0000"), Decimal("101.0000"), Decimal("102.5000")]
    assert (bars[-1].start, bars[-1].end, bars[-1].complete) == (
        datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
        datetime(2026, 3, 2, 21, 0, tzinfo=UTC),
        False,
    )
    assert fake.asked()[0].query["outputsize"] == "compact"


@pytest.mark.parametrize(
    ("adjustment", "parameter"), [(Adjustment.RAW, "false"), (Adjustment.SPLITS_AND_DIVIDENDS, "true")]
)
async def test_bars_within_the_day(
    alpha: AlphaVantage, fake: FakeProvider, adjustment: Adjustment, parameter: str
) -> None:
    """Bars within the day are asked for raw or adjusted, and marked with what was asked."""
    bars = await alpha.bars("AAPL", "5m", START - timedelta(days=1), START, adjustment)
    assert [bar.start.minute for bar in bars] == [30, 35, 40]
    assert {bar.adjustment for bar in bars} == {adjustment}
    assert fake.asked()[0].query["adjusted"] == parameter


async def test_an_old_range_is_asked_by_its_month(alpha: AlphaVantage, fake: FakeProvider) -> None:
    """One month of history is one request; a longer range is refused, not cut."""
    start = datetime(2025, 6, 2, tzinfo=UTC)
    await alpha.bars("AAPL", "5m", start, start + timedelta(days=7), Adjustment.RAW)
    assert fake.asked()[0].query["month"] == "2025-06"
    with pytest.raises(UnsupportedRequest, match="one month"):
        await alpha.bars("AAPL", "5m", start, start + timedelta(days=60), Adjustment.RAW)


@pytest.mark.parametrize(
    ("interval", "adjustment"), [("1d", Adjustment.SPLITS), ("5m", Adjustment.SPLITS), ("2h", Adjustment.RAW)]
)
async def test_what_it_never_has_is_not_asked_for(
    alpha: AlphaVantage, fake: FakeProvider, interval: str, adjustment: Adjustment
) -> None:
    """Bars that Alpha Vantage does not have cost no request."""
    with pytest.raises(UnsupportedRequest):
        await alpha.bars("AAPL", interval, *DAYS, adjustment)
    assert fake.requests == []

"""Failover against two real providers on loopback: each misbehaviour, the next source, and the way back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.budgets import Meter, usage_table
from stockbot.market_data_gateway.failover import Feed, health
from stockbot.market_data_gateway.provider_health import WindowHealth
from stockbot.market_data_gateway.providers.alpha_vantage import AlphaVantage
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    Provider,
    ProviderThrottled,
    ProviderUnavailable,
    QuotesAnswer,
    UnsupportedRequest,
)
from stockbot.market_data_gateway.providers.yahoo_finance import YahooFinance
from stockbot.market_data_gateway.sources import Source
from stockbot.model.request_budget import Budget
from stockbot.runtime.database import Database
from stockbot.testing import provider as fakes
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.provider import FakeProvider, Misbehaviour

SYMBOLS = ["AAPL", "MSFT"]
KEY = "SECRET77"
METADATA = MetaData()
usage_table(METADATA)


@pytest.fixture
async def meter(tmp_path: Path) -> AsyncIterator[Meter]:
    database = Database.open(f"sqlite:///{tmp_path}/stockbot.db")
    await database.run(METADATA.create_all)
    yield Meter(database)
    await database.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@dataclass
class Scripted:
    """A provider that answers with what a test puts into `answers`, then with good quotes."""

    name: str
    clock: FixedClock
    simulated: bool = False
    batch: int = 50
    answers: list[QuotesAnswer | Exception] = field(default_factory=list)
    bars_answer: tuple[Bar, ...] | Exception = ()
    asked: list[tuple[str, ...]] = field(default_factory=list)
    takes: float = 0.0
    has: tuple[Adjustment, ...] = (Adjustment.RAW,)
    bars_asked: list[Adjustment] = field(default_factory=list)

    def market_time(self, now: datetime) -> datetime:
        return now

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        return self.has

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        self.asked.append(tuple(symbols))
        self.clock.advance(self.takes)
        answer = self.answers.pop(0) if self.answers else self.good(symbols)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def good(self, symbols: Sequence[str], **refused: str) -> QuotesAnswer:
        return QuotesAnswer(quotes=tuple(self.quote(symbol) for symbol in symbols), refused=refused)

    def quote(self, symbol: str) -> Quote:
        now = self.clock.now()
        return Quote(symbol=symbol, last=Decimal(1), source_time=now, receive_time=now, provider=self.name)

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        self.bars_asked.append(adjustment)
        if isinstance(self.bars_answer, Exception):
            raise self.bars_answer
        return self.bars_answer

    async def close(self) -> None:
        return None


def source(provider: Provider, meter: Meter, clock: FixedClock, budget: Budget = Budget()) -> Source:  # noqa: B008
    return Source(
        provider=provider,
        type="Test",
        label=provider.name,
        meter=meter,
        clock=clock,
        jitter=lambda: 0.5,
        budget=budget,
    )


def feed(sources: Sequence[Source], clock: FixedClock, seconds: float = 4.0) -> Feed:
    return Feed("watchlist", sources, clock, seconds=seconds)


def providers_of(quotes: Sequence[Quote]) -> dict[str, str]:
    return {quote.symbol: quote.provider for quote in quotes}


@dataclass
class Pair:
    """Yahoo first, Alpha Vantage second, both on loopback."""

    yahoo: FakeProvider
    alpha: FakeProvider
    sources: list[Source]
    feed: Feed
    clock: FixedClock


@pytest.fixture
async def pair(meter: Meter, clock: FixedClock) -> AsyncIterator[Pair]:
    async with FakeProvider() as first, FakeProvider() as second:
        yahoo = YahooFinance("yahoo", clock, base_url=first.url, timeout_seconds=0.5)
        alpha = AlphaVantage("alpha", SecretStr(KEY), clock, base_url=second.url)
        sources = [source(yahoo, meter, clock), source(alpha, meter, clock)]
        yield Pair(first, second, sources, feed(sources, clock), clock)
        await yahoo.close()
        await alpha.close()


@pytest.mark.parametrize(
    ("misbehaviour", "words"),
    [
        (fakes.status(500), "500"),
        (fakes.status(429), "429"),
        (fakes.status(429, "30"), "429"),
        (fakes.hangs, "did not answer in time"),
        (fakes.slow(30), "did not answer in time"),
        (fakes.resets, "connection failed"),
        (fakes.cut_short, "connection failed"),
        (fakes.html, "web page"),
        (fakes.broken_json, "broken JSON"),
        (fakes.empty, "empty body"),
    ],
)
async def test_the_next_source_takes_over_and_the_first_comes_back(
    pair: Pair, misbehaviour: Misbehaviour, words: str
) -> None:
    """Whatever the first source does, the second answers in the same beat, and the first returns."""
    pair.yahoo.misbehave(misbehaviour)
    outcome = await pair.feed.fetch(SYMBOLS, pair.clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "alpha", "MSFT": "alpha"}
    assert outcome.missing == {}
    assert words in str(pair.sources[0].last_error)

    pair.yahoo.behave()
    pair.clock.advance(400)  # beyond every pause of breaker and patience
    outcome = await pair.feed.fetch(SYMBOLS, pair.clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "yahoo", "MSFT": "yahoo"}
    assert (await pair.sources[0].health((), pair.clock.now())).state == "healthy"


@pytest.mark.parametrize("misbehaviour", [fakes.wrong_types, fakes.not_a_number])
async def test_unreadable_prices_are_completed_by_the_next(pair: Pair, misbehaviour: Misbehaviour) -> None:
    """NaN or a list for a price is no answer: the next source gives one."""
    pair.yahoo.misbehave(misbehaviour)
    outcome = await pair.feed.fetch(SYMBOLS, pair.clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "alpha", "MSFT": "alpha"}


async def test_a_partial_answer_is_completed(pair: Pair) -> None:
    """The symbol that the first source lacks comes from the second, all others from the first."""
    del pair.yahoo.market.listings["MSFT"]
    outcome = await pair.feed.fetch(SYMBOLS, pair.clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "yahoo", "MSFT": "alpha"}


async def test_a_symbol_that_nobody_has_tells_why(pair: Pair) -> None:
    """The reason names every source that was asked; the other symbol is not touched by it."""
    outcome = await pair.feed.fetch(["AAPL", "NOPE"], pair.clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "yahoo"}
    assert "yahoo: it does not know the symbol NOPE" in outcome.missing["NOPE"]
    assert "alpha: it knows no symbol NOPE" in outcome.missing["NOPE"]


async def test_both_down_is_an_outcome_and_not_an_error(pair: Pair) -> None:
    """With every source gone each symbol has its reason, no quote is invented, and no key shows."""
    pair.yahoo.misbehave(fakes.status(500))
    pair.alpha.misbehave(fakes.says("Note", f"We have detected your API key as {KEY}: 25 requests per day"))
    outcome = await pair.feed.fetch(SYMBOLS, pair.clock.now())
    assert outcome.quotes == ()
    assert "500" in outcome.missing["AAPL"]
    assert "detected your API key as [key]" in outcome.missing["MSFT"]
    states = [(h.name, h.last_error or "") for h in await health(pair.sources, [pair.feed], START)]
    assert KEY not in f"{outcome} {states}"


async def test_an_open_breaker_is_not_asked_and_then_probed_small(meter: Meter, clock: FixedClock) -> None:
    """After three failures nobody asks it.

    When its time is over it is asked for one symbol, then for the rest.
    """
    first = Scripted("first", clock, answers=[ProviderUnavailable("down")] * 9)
    second = Scripted("second", clock)
    sources = [source(first, meter, clock), source(second, meter, clock)]
    both = feed(sources, clock)
    for _ in range(3):
        await both.fetch(SYMBOLS, clock.now())
    asked = len(first.asked)
    await both.fetch(SYMBOLS, clock.now())
    assert len(first.asked) == asked
    assert (await sources[0].health((), clock.now())).state == "down"

    clock.advance(60)
    first.answers.clear()
    outcome = await both.fetch(SYMBOLS, clock.now())
    assert first.asked[asked:] == [("AAPL",), ("MSFT",)]
    assert providers_of(outcome.quotes) == {"AAPL": "first", "MSFT": "first"}


async def test_a_throttling_source_is_left_in_peace(meter: Meter, clock: FixedClock) -> None:
    """Retry-After longer than the beat: the source is not asked again before."""
    first = Scripted("first", clock, answers=[ProviderThrottled("wait", retry_after=30)])
    second = Scripted("second", clock)
    both = feed([source(first, meter, clock), source(second, meter, clock)], clock)
    for seconds in (0, 10, 19):
        clock.advance(seconds)
        assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "second"}
    assert len(first.asked) == 1
    clock.advance(2)
    assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "first"}


async def test_a_short_retry_after_is_waited_for(meter: Meter, clock: FixedClock) -> None:
    """Retry-After within the beat is honoured by a pause, not by giving up."""
    first = Scripted("first", clock, answers=[ProviderThrottled("wait", retry_after=1)])
    started = clock.monotonic()
    outcome = await feed([source(first, meter, clock)], clock).fetch(["AAPL"], clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "first"}
    assert clock.monotonic() - started >= 1


async def test_one_slow_source_leaves_time_for_the_next(meter: Meter, clock: FixedClock) -> None:
    """The time of a beat is shared: the second source is asked although the first used up its part."""
    slow = Scripted("slow", clock, batch=1, takes=2.5)
    second = Scripted("second", clock)
    both = feed([source(slow, meter, clock), source(second, meter, clock)], clock, seconds=4)
    outcome = await both.fetch(["AAPL", "MSFT", "IBM"], clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "slow", "MSFT": "second", "IBM": "second"}


async def test_a_refused_key_is_not_tried_again_and_again(meter: Meter, clock: FixedClock) -> None:
    """A wrong key opens the breaker at once, and health tells the reason."""
    first = Scripted("first", clock, answers=[AccessRefused("the key is wrong")])
    sources = [source(first, meter, clock), source(Scripted("second", clock), meter, clock)]
    both = feed(sources, clock)
    await both.fetch(SYMBOLS, clock.now())
    clock.advance(200)
    await both.fetch(SYMBOLS, clock.now())
    assert len(first.asked) == 1
    state = await sources[0].health((), clock.now())
    assert (state.breaker, state.last_error) == ("open", "the key is wrong")


async def test_a_spent_budget_moves_on_and_shows(meter: Meter, clock: FixedClock) -> None:
    """When the budget of the first is spent the next one is asked, and health tells what is left."""
    first, second = Scripted("first", clock, batch=1), Scripted("second", clock)
    limited = source(first, meter, clock, Budget(per_minute=1, per_day=20))
    both = feed([limited, source(second, meter, clock)], clock)
    outcome = await both.fetch(SYMBOLS, clock.now())
    assert providers_of(outcome.quotes) == {"AAPL": "first", "MSFT": "second"}
    (state, _) = await health(list(both.sources.values()), [both], clock.now())
    assert state.budget.per_minute is not None
    assert state.budget.per_day is not None
    assert (state.budget.per_minute.used, state.budget.per_day.used) == (1, 1)
    assert (state.state, state.symbol_sets) == ("degraded", ("watchlist",))


async def test_a_retry_costs_its_own_unit(meter: Meter, clock: FixedClock) -> None:
    """Each attempt is paid for before it is sent: the budget holds for retries, too."""
    first = Scripted("first", clock, answers=[ProviderUnavailable("down")] * 9)
    limited = source(first, meter, clock, Budget(per_day=2))
    outcome = await feed([limited], clock).fetch(["AAPL"], clock.now())
    assert len(first.asked) == 2
    assert "budget is spent" in outcome.missing["AAPL"]


async def test_a_small_daily_budget_is_spread_over_the_day(meter: Meter, clock: FixedClock) -> None:
    """With 24 requests a day one symbol is asked for once an hour, and a young quote serves again."""
    first = Scripted("first", clock)
    hourly = feed([source(first, meter, clock, Budget(per_day=24))], clock)
    await hourly.fetch(["AAPL"], clock.now())
    clock.advance(5)
    again = await hourly.fetch(["AAPL"], clock.now())
    assert again.quotes[0].receive_time == START
    clock.advance(60)
    assert "its budget lasts" in (await hourly.fetch(["AAPL"], clock.now())).missing["AAPL"]
    assert len(first.asked) == 1
    clock.advance(3600)
    await hourly.fetch(["AAPL"], clock.now())
    assert len(first.asked) == 2


async def test_shards_share_the_pace_of_a_budget(meter: Meter, clock: FixedClock) -> None:
    """Where two shards ask out of one budget of 24 a day, each asks every other hour, and it lasts for both."""
    first = Scripted("first", clock)
    shared = source(first, meter, clock, Budget(per_day=24))
    shared.sharing = 2
    halved = feed([shared], clock)
    for hours, asked in ((0, 1), (1, 1), (2, 2), (3, 2)):
        clock.advance((START + timedelta(hours=hours, seconds=hours) - clock.now()).total_seconds())
        await halved.fetch(["AAPL"], clock.now())
        assert len(first.asked) == asked


async def test_symbols_take_turns_under_a_small_budget(meter: Meter, clock: FixedClock) -> None:
    """Where the budget does not reach for all, no symbol is asked for twice before the others."""
    first = Scripted("first", clock, batch=1)
    both = feed([source(first, meter, clock, Budget(per_minute=2))], clock)
    symbols = ["A", "B", "C", "D"]
    for _ in range(4):
        await both.fetch(symbols, clock.now())
        clock.advance(62)
    assert [asked for (asked,) in first.asked] == ["A", "B", "C", "D", "A", "B", "C", "D"]


async def test_a_kept_quote_never_comes_before_a_preferred_source(meter: Meter, clock: FixedClock) -> None:
    """The young quote of a spared second source does not stand in the way of the first one's return."""
    first = Scripted("first", clock, answers=[ProviderThrottled("wait", retry_after=5)])
    second = Scripted("second", clock)
    both = feed([source(first, meter, clock), source(second, meter, clock, Budget(per_day=24))], clock)
    assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "second"}
    clock.advance(6)
    assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "first"}


async def test_a_mistake_in_a_provider_costs_its_answer_only(meter: Meter, clock: FixedClock) -> None:
    """An error that no provider should raise is logged, and the next source answers."""
    first = Scripted("first", clock, answers=[KeyError("price")])
    both = feed([source(first, meter, clock), source(Scripted("second", clock), meter, clock)], clock)
    assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "second"}
    assert both.sources["first"].last_error == "its answer could not be read: KeyError"


class DeadDatabase:
    async def run(self, fn: object) -> None:
        raise Unavailable("the disk is full")


async def test_without_its_database_a_budgeted_source_is_not_asked(clock: FixedClock) -> None:
    """What cannot be recorded is not sent; a source without a budget goes on."""
    dead = Meter(DeadDatabase())  # type: ignore[arg-type]  # it only ever raises
    limited, free = Scripted("limited", clock), Scripted("free", clock)
    both = feed([source(limited, dead, clock, Budget(per_day=9)), source(free, dead, clock)], clock)
    assert providers_of((await both.fetch(["AAPL"], clock.now())).quotes) == {"AAPL": "free"}
    alone = feed([source(limited, dead, clock, Budget(per_day=9))], clock)
    assert "the disk is full" in (await alone.fetch(["AAPL"], clock.now())).missing["AAPL"]
    assert limited.asked == []
    (state,) = await health(list(alone.sources.values()), [alone], clock.now())
    assert (state.state, state.budget.per_day) == ("degraded", WindowHealth(limit=9, used=9))


@pytest.mark.parametrize(
    ("simulated", "words"),
    [((), "names no provider"), ((False, True), "real prices are never replaced"), ((True, False), "real prices")],
)
def test_a_list_that_could_deceive_is_refused(
    simulated: tuple[bool, ...], words: str, meter: Meter, clock: FixedClock
) -> None:
    """Simulated prices beside real ones, or an empty list, are refused before anything is asked."""
    sources = [source(Scripted(f"p{n}", clock, each), meter, clock) for n, each in enumerate(simulated)]
    with pytest.raises(ConfigurationError, match=words):
        feed(sources, clock)


def test_the_same_name_twice_is_refused(meter: Meter, clock: FixedClock) -> None:
    """Provenance must be unambiguous."""
    with pytest.raises(ConfigurationError, match="twice"):
        feed([source(Scripted("same", clock), meter, clock)] * 2, clock)


def bar(provider: str, adjustment: Adjustment = Adjustment.RAW) -> Bar:
    one = Decimal(1)
    return Bar(
        symbol="AAPL",
        interval="1d",
        start=START,
        end=START + timedelta(hours=6),
        open=one,
        high=one,
        low=one,
        close=one,
        adjustment=adjustment,
        provider=provider,
    )


async def test_a_source_without_a_usable_price_is_degraded(clock: FixedClock, meter: Meter) -> None:
    """It answers, so no breaker opens, but nobody should read `healthy` over a page without prices."""
    useless = Scripted("useless", clock, answers=[QuotesAnswer(quotes=(), refused={"AAPL": "its price is NaN"})])
    its = source(useless, meter, clock)
    await feed([its], clock).fetch(["AAPL"], clock.now())
    state = await its.health((), clock.now())
    assert (state.state, state.last_error) == ("degraded", "no usable price; AAPL: its price is NaN")
    clock.advance(5)
    await feed([its], clock).fetch(["AAPL"], clock.now())
    assert (await its.health((), clock.now())).state == "healthy"


async def test_without_an_adjustment_each_source_is_asked_for_its_plainest(clock: FixedClock, meter: Meter) -> None:
    """Yahoo has no raw prices and Alpha Vantage no others: a person who asks for bars gets some from either."""
    splits, none = Scripted("splits", clock, has=(Adjustment.SPLITS,)), Scripted("none", clock, has=())
    splits.bars_answer = ProviderUnavailable("away")
    raw = Scripted("raw", clock, bars_answer=(bar("raw"),))
    both = feed([source(each, meter, clock) for each in (none, splits, raw)], clock)
    assert await both.history("AAPL", "1d", START, START + timedelta(days=1)) == (bar("raw"),)
    assert (none.bars_asked, raw.bars_asked) == ([], [Adjustment.RAW])
    assert set(splits.bars_asked) == {Adjustment.SPLITS}


async def history(both: Feed) -> tuple[Bar, ...]:
    return await both.history("AAPL", "1d", START, START + timedelta(days=1), Adjustment.RAW)


async def test_history_comes_from_one_source_only(meter: Meter, clock: FixedClock) -> None:
    """The first source that has the bars gives all of them; a mixed answer is refused."""
    mixed = Scripted("mixed", clock, bars_answer=(bar("mixed"), bar("other")))
    adjusted = Scripted("adjusted", clock, bars_answer=(bar("adjusted", Adjustment.SPLITS),))
    good = Scripted("good", clock, bars_answer=(bar("good"),))
    sources = [source(each, meter, clock) for each in (mixed, adjusted, good)]
    assert await history(feed(sources, clock)) == (bar("good"),)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ((UnsupportedRequest("no hours"), UnsupportedRequest("no days")), UnsupportedRequest),
        ((UnsupportedRequest("no hours"), ProviderUnavailable("down")), ProviderUnavailable),
    ],
)
async def test_history_that_nobody_has(
    errors: tuple[Exception, ...], expected: type[Exception], meter: Meter, clock: FixedClock
) -> None:
    """Never and not now are told apart, with every source's reason."""
    scripted = [Scripted(f"p{n}", clock, bars_answer=error) for n, error in enumerate(errors)]
    with pytest.raises(expected, match="p0: no hours; p1: "):
        await history(feed([source(each, meter, clock) for each in scripted], clock))


async def test_history_keeps_to_budget_and_breaker(meter: Meter, clock: FixedClock) -> None:
    """A source whose budget is spent is not asked for bars either."""
    one = source(Scripted("one", clock, bars_answer=(bar("one"),)), meter, clock, Budget(per_day=1))
    alone = feed([one], clock)
    await history(alone)
    with pytest.raises(ProviderUnavailable, match="budget is spent"):
        await history(alone)

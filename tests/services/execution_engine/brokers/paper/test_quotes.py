"""What the paper broker knows of the markets at a moment."""

from datetime import timedelta

from tests.services.model.fills.scenes import EXACT, EXCHANGE, quote

from stockbot.execution_engine.brokers.paper.quotes import Quotes
from stockbot.model.fills.hours import hours_of
from stockbot.testing.clock import START

SECOND = timedelta(seconds=1)


def known() -> Quotes:
    return Quotes(lambda told, now: hours_of(told, now, EXCHANGE, simulated=False), EXACT)


def test_what_traded_before_is_known_from_the_second_quote_on() -> None:
    """The first quote of a symbol does not say what traded before it."""
    quotes, traded = known(), []
    for seconds, volume in enumerate(("1000", "1250", "1250"), 1):
        at = START + seconds * SECOND
        quotes.take([quote(at=at, volume=volume)], at)
        market = quotes.market("AAPL", at)
        assert market is not None
        traded.append(market.traded)
    assert traded == [None, 250, 0]
    assert quotes.market("MSFT", START) is None


def test_a_quote_grows_old() -> None:
    """Half a minute after its receipt it is not traded on any more."""
    quotes = known()
    quotes.take([quote()], START)
    ages = [quotes.market("AAPL", START + age * SECOND) for age in (30, 31)]
    assert [market.fresh for market in ages if market] == [True, False]


def test_time_does_not_go_back_behind_a_tick() -> None:
    """A call that waited while a tick came sees its quotes at the tick's time, not at its own."""
    quotes = known()
    assert quotes.no_earlier(START) == START
    quotes.take([], START + SECOND)
    assert quotes.no_earlier(START) == START + SECOND
    assert quotes.no_earlier(START + 2 * SECOND) == START + 2 * SECOND


def test_a_clock_that_was_put_back_does_not_stop_the_market() -> None:
    """An hour back: the next quotes are true and fresh, though earlier than what is known; one that is late is not."""
    quotes, hour = known(), timedelta(hours=1)
    quotes.take([quote("100", at=START + hour)], START + hour)
    quotes.take([quote("101", at=START)], START)
    market = quotes.market("AAPL", quotes.no_earlier(START))
    assert market is not None
    assert (int(market.quote.mark), market.fresh) == (101, True)
    quotes.take([quote("102", at=START - SECOND)], START)
    assert quotes.market("AAPL", START) == market

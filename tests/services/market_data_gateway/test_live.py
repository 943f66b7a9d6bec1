"""Subscriptions: each client gets the latest of what it asked for, and nothing piles up."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.market_data_gateway.live import Live, QuoteSubscription
from stockbot.testing.events import quote

SYMBOLS = ["AAPL", "MSFT", "IBM"]


@given(st.lists(st.tuples(st.sampled_from(SYMBOLS), st.integers(1, 9)), max_size=50))
def test_holds_the_latest_quote_of_each_symbol_and_no_more(offered: list[tuple[str, int]]) -> None:
    """However much is offered to a client that does not read, at most one quote a symbol waits: the last."""
    subscription = QuoteSubscription([])
    for symbol, price in offered:
        subscription.offer([quote(symbol, str(price))])
    assert {symbol: int(waiting.last or 0) for symbol, waiting in subscription._waiting.items()} == dict(offered)


async def test_gives_only_what_was_asked_for() -> None:
    """A client of one symbol is not woken by another; without symbols it gets all."""
    live = Live()
    with live.subscribe(["IBM"]) as ibm, live.subscribe([]) as everything:
        live.offer([quote("AAPL")])
        assert [each.symbol for each in await everything.next()] == ["AAPL"]
        live.offer([quote("MSFT")])
        assert [each.symbol for each in await everything.next()] == ["MSFT"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ibm.next(), 0.01)
        live.offer([quote("AAPL"), quote("IBM")])
        assert [each.symbol for each in await ibm.next()] == ["IBM"]


async def test_forgets_a_client_that_went() -> None:
    """After its end a subscription gets nothing more, also if its client failed."""
    live = Live()
    with pytest.raises(RuntimeError), live.subscribe([]):
        raise RuntimeError
    assert live._subscriptions == set()

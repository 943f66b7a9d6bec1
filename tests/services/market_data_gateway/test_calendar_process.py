"""Sessions from a process that ends are those computed here, and its complaints arrive in words."""

import sys

import pytest

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.market_data_gateway import calendar_process
from stockbot.market_data_gateway.calendar_process import sessions_of
from stockbot.market_data_gateway.sessions import exchange_sessions
from stockbot.testing.clock import START


async def test_the_answer_is_the_same_as_computed_here() -> None:
    """Nothing is lost on the way."""
    assert await sessions_of("XNYS", START) == exchange_sessions("XNYS", START)


async def test_an_unknown_exchange_is_said_in_words() -> None:
    """What a person must mend arrives as their error, with its suggestion."""
    with pytest.raises(ConfigurationError, match=r"XNYZ.*XNYS"):
        await sessions_of("XNYZ", START)


async def test_a_process_that_fails_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other end is trouble that another attempt may mend."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable, match="exit code 1"):
        await sessions_of("XNYS", START)


async def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed after its time, and leaves nothing behind."""
    monkeypatch.setattr(calendar_process, "LONGEST_SECONDS", 0.01)
    with pytest.raises(Unavailable, match="not computed within"):
        await sessions_of("XNYS", START)

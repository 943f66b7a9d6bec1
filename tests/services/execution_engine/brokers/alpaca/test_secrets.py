"""The key is in no log, no error and no reason, whoever repeats it."""

import logging

import pytest
from pydantic import SecretStr
from tests.services.execution_engine.brokers.alpaca.test_stream import Listener, listening
from tests.services.execution_engine.brokers.alpaca_venue import CREDENTIALS, adapter
from tests.services.execution_engine.brokers.conformance import request

from stockbot.errors import StockbotError
from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.testing.alpaca import FakeAlpaca
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY


def assert_silent(*words: str) -> None:
    for each in words:
        assert SECRET_KEY not in each
        assert KEY_ID not in each


async def test_logs_of_everything_at_debug_do_not_hold_it(
    fake: FakeAlpaca, broker: Alpaca, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither requests, urllib3 nor websockets write it, with every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    listener = await listening(fake, broker)
    await broker.submit(request())
    await listener.until(2)
    await listener.stop()
    loggers = {record.name for record in caplog.records}
    assert "urllib3.connectionpool" in loggers
    assert "websockets.client" not in loggers  # it writes the beginning of each frame, the one with the key as well
    assert_silent(caplog.text)


@pytest.mark.parametrize("status", [403, 422, 500])
async def test_an_answer_that_repeats_it_is_scrubbed(fake: FakeAlpaca, broker: Alpaca, status: int) -> None:
    """A proxy that echoes headers, or a broker that names the key, ends in no error and no readiness reason."""
    words = f'{{"code": 40310000, "message": "{KEY_ID} and {SECRET_KEY} may not"}}'
    fake.control.misbehave("status", status=status, body=words)
    with pytest.raises(StockbotError) as raised:
        await broker.submit(request())
    assert "[secret]" in str(raised.value)
    assert_silent(str(raised.value), str(broker.trouble), repr(raised.value))


async def test_a_refused_key_is_not_shown(fake: FakeAlpaca) -> None:
    """Also a wrong one may be somebody's right one elsewhere."""
    wrong = Credentials(SecretStr("PKWRONG"), SecretStr("wrong-secret"))
    broker = adapter(fake.url, credentials=wrong)
    with pytest.raises(StockbotError) as raised:
        await broker.account()
    ended = await Listener(broker).until_end()
    for words in (str(raised.value), str(ended), str(broker.trouble), repr(wrong)):
        assert "PKWRONG" not in words
        assert "wrong-secret" not in words
    await broker.close()


def test_both_halves_are_blanked() -> None:
    """Wherever they stand in a text."""
    assert CREDENTIALS.scrub(f"{KEY_ID}:{SECRET_KEY}") == "[secret]:[secret]"

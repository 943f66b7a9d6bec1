"""From the document to the broker, with nothing loaded that is not used."""

import json
import subprocess
import sys

import pytest

from stockbot.errors import ConfigurationError
from stockbot.execution_engine.brokers.alpaca.factory import alpaca_broker
from stockbot.execution_engine.brokers.protocol import Mode
from stockbot.runtime.clock import SystemClock
from stockbot.spec.execution_engine import AlpacaBroker
from stockbot.testing.alpaca import FakeAlpaca
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY

KEYS = {"STOCKBOT_SECRET_ALPACA_KEY_ID": KEY_ID, "STOCKBOT_SECRET_ALPACA_SECRET_KEY": SECRET_KEY}
HEAVY = ("alpaca", "requests", "pandas", "numpy")


def block(**changes: object) -> AlpacaBroker:
    keys = {name: {"secretRef": {"name": "alpaca", "key": key}} for name, key in _KEYS.items()}
    return AlpacaBroker.model_validate(keys | changes)


_KEYS = {"keyId": "key-id", "secretKey": "secret-key"}


async def test_a_document_makes_a_broker(fake: FakeAlpaca) -> None:
    """Keys by reference, the address of a proxy, and the mode are all that it takes."""
    broker = alpaca_broker(block(baseUrl=fake.url), SystemClock(), KEYS)
    account = await broker.account()
    assert (account.mode, account.account_id) == (Mode.PAPER, fake.books.account_number)
    await broker.close()


@pytest.mark.parametrize("missing", KEYS)
def test_a_missing_key_is_named(missing: str) -> None:
    """The message says which variable must hold which key of which Secret."""
    with pytest.raises(ConfigurationError, match=missing):
        alpaca_broker(block(), SystemClock(), {name: key for name, key in KEYS.items() if name != missing})


def test_the_address_of_the_other_mode_is_refused() -> None:
    """A paper document with the live address never gets as far as a request."""
    with pytest.raises(ConfigurationError, match="mode"):
        alpaca_broker(block(baseUrl="https://api.alpaca.markets"), SystemClock(), KEYS)


def test_only_what_is_used_is_loaded() -> None:
    """The factory loads none of alpaca-py, and the broker only its HTTP client: pandas alone would cost 80 MiB."""
    script = f"""
import json, sys
def loaded():
    return [name for name in {HEAVY!r} if name in sys.modules]
import stockbot.execution_engine.brokers.alpaca.factory
before = loaded()
import stockbot.execution_engine.brokers.alpaca.broker
print(json.dumps([before, loaded()]))
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)  # noqa: S603
    assert json.loads(output.stdout) == [[], ["alpaca", "requests"]]

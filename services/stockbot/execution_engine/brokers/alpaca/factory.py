"""From the document to a broker at Alpaca. Used by the Execution Engine's composition root; nothing connects here."""

import os
import random
from collections.abc import Mapping

from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.protocol import Broker, Mode
from stockbot.runtime.clock import Clock
from stockbot.spec import secret_of
from stockbot.spec.execution_engine import AlpacaBroker, AlpacaMode

MODES = {AlpacaMode.PAPER: Mode.PAPER, AlpacaMode.LIVE: Mode.LIVE}


def alpaca_broker(options: AlpacaBroker, clock: Clock, environment: Mapping[str, str] = os.environ) -> Broker:
    """Return the broker; ConfigurationError for a missing key, or an address of the other mode."""
    from stockbot.execution_engine.brokers.alpaca.broker import Alpaca  # noqa: PLC0415 - loads alpaca-py where it is used

    credentials = Credentials(secret_of(options.key_id, environment), secret_of(options.secret_key, environment))
    return Alpaca(credentials, MODES[options.mode], clock, jitter=random.random, base_url=options.base_url)

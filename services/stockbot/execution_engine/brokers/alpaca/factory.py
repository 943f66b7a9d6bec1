"""From the document to a broker at Alpaca. Used by the Execution Engine's composition root; nothing connects here."""

import os
import random
from collections.abc import Mapping

from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.protocol import Broker, Mode
from stockbot.runtime.clock import Clock
from stockbot.spec import secret_variable
from stockbot.spec.execution_engine import AlpacaBroker, AlpacaMode
from stockbot.spec.secret_references import SecretSource

MODES = {AlpacaMode.PAPER: Mode.PAPER, AlpacaMode.LIVE: Mode.LIVE}


def alpaca_broker(options: AlpacaBroker, clock: Clock, environment: Mapping[str, str] = os.environ) -> Broker:
    """Return the broker; ConfigurationError for a missing key, or an address of the other mode."""
    from stockbot.execution_engine.brokers.alpaca.broker import Alpaca  # noqa: PLC0415 - loads alpaca-py where it is used

    credentials = Credentials(_secret(options.key_id, environment), _secret(options.secret_key, environment))
    return Alpaca(credentials, MODES[options.mode], clock, jitter=random.random, base_url=options.base_url)


def _secret(source: SecretSource, environment: Mapping[str, str]) -> SecretStr:
    variable = secret_variable(source.secret_ref.name, source.secret_ref.key)
    value = environment.get(variable, "")
    if not value:
        raise ConfigurationError(
            f"the document refers to the Secret {source.secret_ref.name}, key {source.secret_ref.key}: "
            f"set the environment variable {variable} to its value"
        )
    return SecretStr(value)

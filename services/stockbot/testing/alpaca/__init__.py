"""An Alpaca of our own on loopback: its trading REST v2, its trade_updates stream, and a control API to misbehave.

Used by the tests of the adapter, by the conformance suite and by the fault suite. It behaves as Alpaca's documentation
says; what could not be checked against the real one is listed in docs/brokers.md.

    with running_alpaca() as fake:                      # in a thread of this process
        fake.control.quote("AAPL", "100.00", "100.02")
        broker = ...(base_url=fake.url)
    with alpaca_process(tmp_path) as fake: ...          # in a process that outlives a killed engine

By hand: `python -m stockbot.testing.alpaca --port 8123 --state alpaca.json`
"""

from stockbot.testing.alpaca.client import Control
from stockbot.testing.alpaca.process import AlpacaProcess, alpaca_process
from stockbot.testing.alpaca.server import FakeAlpaca, running_alpaca

__all__ = ["AlpacaProcess", "Control", "FakeAlpaca", "alpaca_process", "running_alpaca"]

"""The fake Alpaca in a process of its own, which outlives a killed engine and keeps its books in a file.

with alpaca_process(tmp_path) as fake:
    fake.control.quote("AAPL", "100.00", "100.02")
    ...  # an engine whose base URL is fake.url
    assert len(fake.control.posts()) == 1
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from stockbot.local import processes
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.testing.alpaca.client import Control

PATIENCE = 30.0  # seconds until it must listen
POLL_SECONDS = 0.02


class AlpacaProcess:
    def __init__(self, folder: Path, *, cash: str = "100000", multiplier: str = "4") -> None:
        self.port = free_port()
        self.state = folder / "alpaca.json"
        self.log = folder / "alpaca.log"
        self._account = ["--cash", cash, "--multiplier", multiplier]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens; after a `kill` it goes on with its books on the same port."""
        options = ["--port", str(self.port), "--state", str(self.state), *self._account]
        command = [sys.executable, "-m", "stockbot.testing.alpaca", *options]
        self._process = processes.spawn(command, log=self.log, environment=os.environ)
        self.control = Control(self.url)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError(f"the fake Alpaca does not listen: {self.log.read_text()[-2000:]}")
            time.sleep(POLL_SECONDS)

    def pause(self) -> None:
        """Freeze it: connections stay, and nothing answers, not even a ping."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.control.close()
        processes.kill(self._process)

    def _answers(self) -> bool:
        try:
            self.control.listeners()
        except httpx.TransportError:
            return False
        return True


@contextmanager
def alpaca_process(folder: Path, *, cash: str = "100000", multiplier: str = "4") -> Iterator[AlpacaProcess]:
    fake = AlpacaProcess(folder, cash=cash, multiplier=multiplier)
    fake.start()
    try:
        yield fake
    finally:
        fake.kill()

"""Alpaca, a fake on loopback, as a venue of the conformance suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.alpaca.stream import Limits
from stockbot.execution_engine.brokers.protocol import Mode
from stockbot.runtime.clock import SystemClock
from stockbot.testing.alpaca import FakeAlpaca, running_alpaca
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY

CREDENTIALS = Credentials(SecretStr(KEY_ID), SecretStr(SECRET_KEY))
QUICK = Limits(answer=5, ping=1, mute=0.8, look=0.05, first_pause=0.05, longest_pause=0.2)


def adapter(
    url: str, *, seconds: float = 10, credentials: Credentials = CREDENTIALS, mode: Mode = Mode.PAPER
) -> Alpaca:
    """An adapter that gives up quickly."""
    return Alpaca(
        credentials, mode, SystemClock(), jitter=lambda: 0.5, base_url=url, timeout_seconds=seconds, limits=QUICK
    )


class AlpacaVenue:
    """Its market fills nothing but what `trade` lets it."""

    def __init__(self, fake: FakeAlpaca) -> None:
        self.fake = fake
        self.used = [adapter(fake.url)]
        fake.control.hold()

    @property
    def broker(self) -> Alpaca:
        return self.used[-1]

    async def quote(self, symbol: str, price: str) -> None:
        self.fake.control.quote(symbol, price, price, price)

    async def trade(self, symbol: str, price: str, quantity: int) -> None:
        self.fake.control.quote(symbol, price, price, price, qty=Decimal(quantity))

    async def restart(self) -> None:
        self.used.append(adapter(self.fake.url))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[AlpacaVenue]:
    with running_alpaca() as fake:
        venue = AlpacaVenue(fake)
        for symbol in ("AAPL", "MSFT"):
            await venue.quote(symbol, "100")
        yield venue
        for each in venue.used:
            await each.close()

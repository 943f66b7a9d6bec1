"""The world of the fault suite: bus, database, broker, five services and a source of signals, and when all is quiet."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import redis
from sqlalchemy import Connection, text
from tests.faults.services import ENGINE, SYMBOLS, Services
from tests.faults.strategies import Strategies, order_id

from stockbot.codec import decode_quote
from stockbot.errors import Unavailable
from stockbot.events.streams import APPROVALS, ORDERS, quote_key
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus.positions import Position
from stockbot.runtime.missing import behind_of
from stockbot.testing.alpaca import AlpacaProcess
from stockbot.testing.alpaca.books import Books
from stockbot.testing.postgres import PostgresServer

PATIENCE_SECONDS = 90.0
PRICE_SECONDS = 0.5
POLL_SECONDS = 0.2
HOPS = ((APPROVALS, "risk", "execution"), (ORDERS, "execution", "risk"), (ORDERS, "execution", "portfolio"))


class NeverSettled(AssertionError):
    """Something did not become ready, or did not finish its work, by itself."""


@dataclass(kw_only=True)
class World:
    """`postgres` is None on SQLite, `database_file` is None on PostgreSQL."""

    folder: Path
    server: BusServer
    broker: AlpacaProcess
    services: Services
    strategies: Strategies
    postgres: PostgresServer | None
    database_file: Path | None
    restored_through: int = 0  # an older database was put in place: signals up to this one may have been made twice
    _client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(trust_env=False))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs, and the broker knows the prices of the market."""
        self.services.start()
        await self.strategies.prepare()
        prices = asyncio.create_task(self._tell_prices())
        try:
            async with self.strategies.running():
                yield
        finally:
            prices.cancel()
            self.services.kill()
            await self.strategies.close()
            await self._client.aclose()

    def bus(self) -> redis.Redis:
        return redis.Redis.from_url(self.server.url.get_secret_value(), protocol=2)

    async def books(self) -> Books:
        """What the broker knows."""
        return await asyncio.to_thread(self.broker.control.books)

    async def get(self, service: str, path: str, **parameters: str) -> dict[str, object]:
        answer = await self._client.get(
            f"{self.services.url(service)}/api/v1/{path}", params=parameters, headers=self.services.admin
        )
        answer.raise_for_status()
        return dict(msgspec.json.decode(answer.content))

    async def read(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement, out of the one database."""

        def rows(connection: Connection) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(text(statement), values)]

        return await self.strategies.database.read(rows)

    async def settle(self) -> None:
        """Wait until all are ready and nothing is on its way; NeverSettled says what is not."""
        await until(self._what_is_left)

    async def ready(self) -> None:
        await until(lambda: self.services.why_not_ready(self._client))

    async def _what_is_left(self) -> list[str]:
        return await self.services.why_not_ready(self._client) or await self._unfinished()

    async def _unfinished(self) -> list[str]:
        produced = await self.strategies.produced()
        ((decided,),) = await self.read("SELECT count(*) FROM risk_decisions")
        approved = await self.read("SELECT signal_id FROM risk_decisions WHERE outcome = 'approved'")
        ordered = {row[0] for row in await self.read("SELECT client_order_id FROM execution_orders")}
        without = [
            signal for (signal,) in approved if order_id(int(str(signal).removeprefix("signal-"))) not in ordered
        ]
        working = await self.read("SELECT client_order_id, state FROM execution_orders WHERE is_open")
        left = [f"{decided} of {produced} signals decided"] if decided != produced else []
        left += [f"approved without an order: {without[:5]}"] if without else []
        left += [f"open orders: {working[:5]}"] if working else []
        return left or await self._unbooked()

    async def _unbooked(self) -> list[str]:
        ((told,),) = await self.read(
            "SELECT coalesce(max(last_sequence), 0) FROM execution_outbox_heads WHERE stream = :stream", stream=ORDERS
        )
        accounts = await self.get("portfolio-manager", "accounts")
        through = [row["through_sequence"] for row in accounts["items"]]  # type: ignore[attr-defined]
        filled = len((await self.books()).fills)
        ((booked,),) = await self.read("SELECT count(*) FROM execution_executions")
        left = [f"{booked} of the broker's {filled} fills known"] if booked != filled else []
        left += [f"booked through {through} of {told}"] if through != [told] else []
        left += await self._untaken()
        return left or await self._unseen_by_risk([row["cash"] for row in accounts["items"]])  # type: ignore[attr-defined]

    async def _untaken(self) -> list[str]:
        """A worker may still pause after the bus was away, and holds are kept for what is not told everybody.

        In the present life of a restored database: the numbers of an older one may be higher, and the orders that an
        approval leads to may be there from before.
        """
        return [left for hop in HOPS if (left := await self._untaken_of(*hop))]

    async def _untaken_of(self, stream: str, producer: str, consumer: str) -> str:
        columns = "SELECT source, incarnation, last_sequence FROM"
        heads = await self.read(f"{columns} {producer}_outbox_heads WHERE stream = :stream", stream=stream)
        taken = await self.read(f"{columns} {consumer}_inbox WHERE stream = :stream", stream=stream)
        told = {source: Position(life, last) for source, life, last in heads}
        behind = behind_of(told, {(source, life): last for source, life, last in taken})
        return f"{consumer} has taken {stream} through {behind} of {told}" if behind else ""

    async def _unseen_by_risk(self, cash: list[str]) -> list[str]:
        """A portfolio comes every five seconds at the latest."""
        seen = [row["cash"] for row in (await self.get("risk-guardian", "exposure"))["items"]]  # type: ignore[attr-defined]
        return [] if seen == cash else [f"risk has seen cash {seen}, booked is {cash}"]

    async def _tell_prices(self) -> None:
        """The broker's market is the gateway's."""
        while True:
            with suppress(Unavailable, httpx.HTTPError, ValueError, OSError):
                await self._copy_prices()
            await asyncio.sleep(PRICE_SECONDS)

    async def _copy_prices(self) -> None:
        for symbol in SYMBOLS:
            document = await self.strategies.bus.commands.get(quote_key(symbol))
            if document is not None:
                quote = decode_quote(document)
                await asyncio.to_thread(
                    self.broker.control.quote, symbol, quote.bid or quote.mark, quote.ask or quote.mark, quote.last
                )


async def until(what_is_left: Callable[[], Awaitable[list[str]]]) -> None:
    """Ask again and again until nothing is left; NeverSettled with what was left at last."""
    deadline, left = time.monotonic() + PATIENCE_SECONDS, ["nothing was asked"]
    while left:
        if time.monotonic() > deadline:
            raise NeverSettled("; ".join(left))
        try:
            left = await what_is_left()
        except Exception as error:  # noqa: BLE001 - whatever is being healed may raise anything meanwhile
            left = [f"{type(error).__name__}: {error}"]
        if left:
            await asyncio.sleep(POLL_SECONDS)


__all__ = ["ENGINE", "NeverSettled", "World", "until"]

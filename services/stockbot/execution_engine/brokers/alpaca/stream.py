"""Alpaca's trade_updates over a WebSocket: what happens to orders, as it happens.

Spoken with `websockets` itself. alpaca-py's TradingStream wants an event loop of its own, reconnects without telling
(so nobody would ask for what was hidden meanwhile), never notices a mute connection, and loads pandas.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from stockbot.errors import Unavailable
from stockbot.events.trading import Side
from stockbot.execution_engine.brokers.alpaca.activities import BUST, CORRECT, TakenBack
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.alpaca.expectations import Expectations
from stockbot.execution_engine.brokers.alpaca.fill_names import FillNames, TradeUpdate
from stockbot.execution_engine.brokers.alpaca.orders import AlpacaOrder, broker_order
from stockbot.execution_engine.brokers.alpaca.outcomes import AccessRefused, decoded, shortened
from stockbot.execution_engine.brokers.protocol import BrokerOrder, BrokerUpdate
from stockbot.runtime.clock import Clock
from stockbot.runtime.settings import is_loopback

log = logging.getLogger(__name__)
_frames = logging.getLogger(f"{__name__}.frames")
_frames.setLevel(logging.INFO)  # at DEBUG websockets writes each frame, and the first one holds the secret
_FILLS = frozenset({"fill", "partial_fill"})
_TAKEN_BACK = frozenset({BUST, CORRECT})
_UPDATES = "trade_updates"
_LARGEST = 4 * 1024 * 1024  # bytes of one message


class Limits(Struct, frozen=True, kw_only=True):
    """Times in seconds."""

    answer: float = 10.0  # for the connection, and for each answer before the first update
    ping: float = 10.0  # between pings, and for the answer to one
    mute: float = 15.0  # from an order's acceptance to the first word of it
    settle: float = 2.0  # that an order waits at most while the connection is being made
    look: float = 1.0  # between looks whether it is mute
    first_pause: float = 0.5  # before connecting again; it doubles
    longest_pause: float = 30.0
    healthy: float = 60.0  # a connection that lived so long is followed at once


class Envelope(Struct):
    stream: str
    data: msgspec.Raw


class Stream:
    """One connection at a time. `ends` of `updates` are told to `note`, None when it listens."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        clock: Clock,
        limits: Limits,
        *,
        names: FillNames,
        successor: Callable[[AlpacaOrder], Awaitable[str | None]],
        note: Callable[[str | None], None],
        jitter: Callable[[], float],
    ) -> None:
        parts = urlsplit(base_url)
        self._url = parts._replace(
            scheme="wss" if parts.scheme == "https" else "ws", path=f"{parts.path}/stream"
        ).geturl()
        self._proxy: Literal[True] | None = None if is_loopback(parts.hostname or "") else True
        self._credentials = credentials
        self._clock = clock
        self._limits = limits
        self._names = names
        self._successor = successor
        self._note = note
        self._jitter = jitter
        self._failures = 0
        self._closed = False
        self._socket: ClientConnection | None = None
        self._settled = asyncio.Event()  # cleared while a connection is being made
        self._settled.set()
        self.taken_back: dict[str, TakenBack] = {}  # by execution id, since this process began
        self.expectations = Expectations(clock, limits.mute)

    async def updates(self) -> AsyncIterator[BrokerUpdate]:
        """Connect, after a pause where the last connections failed, and tell until the end, which is Unavailable."""
        if self._failures > 0:
            await self._clock.sleep(self._pause())
        began = self._clock.monotonic()
        self._settled.clear()
        try:
            async with self._listening() as socket:
                while True:
                    for update in await self._read(await self._next(socket)):
                        yield update
        except (Unavailable, OSError, WebSocketException) as error:
            is_healthy = self._clock.monotonic() - began >= self._limits.healthy
            self._failures = 0 if is_healthy else self._failures + 1
            raise self._ended(error) from None
        finally:
            self._settled.set()

    async def settled(self) -> None:
        """Wait a moment while a connection is being made: an order sent meanwhile would be told of to nobody."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.settle):
                await self._settled.wait()

    async def close(self) -> None:
        """End `updates`, now or as soon as it is connected."""
        self._closed = True
        if self._socket is not None:
            await self._socket.close()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[ClientConnection]:
        limits = self._limits
        async with connect(
            self._url,
            open_timeout=limits.answer,
            ping_interval=limits.ping,
            ping_timeout=limits.ping,
            close_timeout=1,
            max_size=_LARGEST,
            proxy=self._proxy,
            logger=_frames,
        ) as socket:
            await self._authenticate(socket)
            answer = await self._ask(socket, "listen", {"streams": [_UPDATES]})
            if _UPDATES not in answer.get("streams", ()):
                raise Unavailable(f"it does not have {_UPDATES}")
            self._listens(socket)
            yield socket

    def _listens(self, socket: ClientConnection) -> None:
        if self._closed:
            raise Unavailable("it was closed")
        self._socket = socket
        self.expectations.start()
        self._settled.set()
        self._note(None)

    async def _authenticate(self, socket: ClientConnection) -> None:
        keys = self._credentials
        key = {"key_id": keys.key_id.get_secret_value(), "secret_key": keys.secret_key.get_secret_value()}
        answer = await self._ask(socket, "authenticate", key)
        if answer.get("status") != "authorized":
            raise AccessRefused("it does not accept the key: check keyId, secretKey, and that mode is the key's own")

    async def _ask(self, socket: ClientConnection, action: str, content: object) -> dict[str, Any]:
        await socket.send(msgspec.json.encode({"action": action, "data": content}).decode())
        async with asyncio.timeout(self._limits.answer):
            envelope = decoded(_bytes(await socket.recv()), Envelope)
        return decoded(bytes(envelope.data), dict[str, Any])

    async def _next(self, socket: ClientConnection) -> bytes:
        while True:
            self.expectations.check()
            try:
                async with asyncio.timeout(self._limits.look):
                    return _bytes(await socket.recv())
            except TimeoutError:
                continue

    async def _read(self, message: bytes) -> list[BrokerUpdate]:
        envelope = decoded(message, Envelope)
        if envelope.stream != _UPDATES:
            return []
        update = decoded(bytes(envelope.data), TradeUpdate)
        self.expectations.told(update.order.id)
        if update.event in _TAKEN_BACK:
            self._take_back(update)
        order = broker_order(update.order, await self._successor(update.order))
        if order is None:
            log.warning("An order at Alpaca cannot be shown: %s", update.order.client_order_id)
            return []
        return await self._with_fills(update, order)

    async def _with_fills(self, update: TradeUpdate, order: BrokerOrder) -> list[BrokerUpdate]:
        if update.event not in _FILLS:
            return [BrokerUpdate(order=order)]
        return [BrokerUpdate(order=order, execution=each) for each in await self._names.executions(update)]

    def _take_back(self, update: TradeUpdate) -> None:
        """Remember it for `activities`, and end the stream: so it is asked for at once."""
        if not update.previous_execution_id or update.order.side not in {"buy", "sell"}:
            raise Unavailable(f"it tells of a {update.event} and does not say of which execution: compare by hand")
        qty = None if update.event == CORRECT or update.qty is None else abs(update.qty)
        taken = TakenBack(
            execution_id=update.previous_execution_id,
            why=update.event,
            symbol=update.order.symbol or "?",
            side=Side(update.order.side),
            qty=qty,
            price=None if qty is None else update.price,
            at=update.at,
        )
        self.taken_back[taken.execution_id] = taken
        raise Unavailable(f"the execution {update.previous_execution_id} was taken back ({update.event})")

    def _pause(self) -> float:
        limits = self._limits
        longest = min(limits.first_pause * 2.0 ** (self._failures - 1), limits.longest_pause)
        return longest * (0.5 + self._jitter() / 2)

    def _ended(self, error: Exception) -> Unavailable:
        words = shortened(self._credentials.scrub(str(error))) or type(error).__name__
        reason = f"Alpaca's stream of order updates ended: {words}"
        self._note(reason)
        return AccessRefused(reason) if isinstance(error, AccessRefused) else Unavailable(reason)


def _bytes(frame: str | bytes) -> bytes:
    """Alpaca's paper stream sends binary frames, its other streams text."""
    return frame.encode() if isinstance(frame, str) else frame

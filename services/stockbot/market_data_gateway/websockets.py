"""The gateway's WebSocket streams: `/ws/market-data?symbols=` and `/ws/events?types=`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from stockbot.codec import encode
from stockbot.events import EVENT_TYPES
from stockbot.market_data_gateway.observer import Observer
from stockbot.market_data_gateway.service import Gateway
from stockbot.runtime.clock import Clock
from stockbot.runtime.web.problems import Problem


def gateway_websockets(gateway: Gateway, observer: Observer, clock: Clock) -> APIRouter:
    """The routes under /ws; a client reads, whatever it sends is passed over."""
    router = APIRouter(prefix="/ws")

    @router.websocket("/market-data")
    async def market_data(socket: WebSocket, symbols: str = Query("", max_length=40_000)) -> None:
        """Quotes of all shards as {"quotes": [...]}: first all that are known, then each beat's, the latest of each."""
        await socket.accept()
        wanted = _listed(symbols)
        _refuse_unknown("symbol here", wanted - gateway.set_of.keys())
        with gateway.live.subscribe(wanted) as subscription:
            subscription.offer(gateway.quotes(clock.now()))

            async def send() -> None:
                quotes = await subscription.next()
                await socket.send_text(msgspec.json.encode({"quotes": quotes}).decode())

            await _until_gone(socket, send)

    @router.websocket("/events")
    async def events(socket: WebSocket, types: str = Query("", max_length=1_000)) -> None:
        """Events as they stand on the bus, one a message; {"dropped": n} where the client was too slow."""
        await socket.accept()
        wanted = _listed(types)
        _refuse_unknown("type of event", wanted - EVENT_TYPES.keys())
        async with observer.subscribe(wanted) as subscription:

            async def send() -> None:
                found, dropped = await subscription.next()
                if dropped:
                    await socket.send_json({"dropped": dropped})
                for event in found:
                    await socket.send_text(encode(event).decode())

            await _until_gone(socket, send)

    return router


async def _until_gone(socket: WebSocket, send: Callable[[], Awaitable[None]]) -> None:
    """Send until the client goes: a reader beside the sender notices that at once."""
    sending = asyncio.create_task(_for_ever(send))
    receiving = asyncio.create_task(_receive_all(socket))
    try:
        await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone = receiving.done()
        for task in (sending, receiving):
            task.cancel()
    outcomes = await asyncio.gather(sending, receiving, return_exceptions=True)
    if not gone and isinstance(outcomes[0], Exception) and not isinstance(outcomes[0], WebSocketDisconnect):
        raise outcomes[0]


async def _for_ever(send: Callable[[], Awaitable[None]]) -> None:
    while True:
        await send()


async def _receive_all(socket: WebSocket) -> None:
    while socket.client_state is WebSocketState.CONNECTED:
        await socket.receive()


def _refuse_unknown(what: str, unknown: Collection[str]) -> None:
    """A socket that is already accepted is closed with the reason, which a browser shows; a refused one has none."""
    if unknown:
        raise Problem(HTTPStatus.NOT_FOUND, f"no such {what}: {', '.join(sorted(unknown))}")


def _listed(text: str) -> set[str]:
    return {item.strip() for item in text.split(",") if item.strip()}

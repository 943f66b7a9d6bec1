"""The fake's /stream: authentication, listen, trade_updates, and all the ways in which a stream deceives."""

import asyncio
import json
from typing import Any

from msgspec import Struct
from starlette.websockets import WebSocket, WebSocketDisconnect

_CLOSE = None  # in a listener's queue: end the connection


class Manners(Struct, kw_only=True):
    """How the stream behaves from now on; the counts are of the next events."""

    refuse: bool = False  # no connection is accepted
    unauthorized: bool = False  # no key is accepted
    mute: bool = False  # connected, and nothing is told
    text_frames: bool = False  # Alpaca's paper stream sends binary ones
    duplicate: int = 0
    lose: int = 0
    swap: int = 0  # this many events come in the opposite order
    garble: int = 0


class Hub:
    """Everybody who listens to trade_updates."""

    def __init__(self) -> None:
        self.manners = Manners()
        self._queues: set[asyncio.Queue[str | None]] = set()
        self._kept: list[str] = []

    @property
    def listeners(self) -> int:
        return len(self._queues)

    def tell(self, event: dict[str, object]) -> None:
        manners = self.manners
        message = json.dumps({"stream": "trade_updates", "data": event})
        if manners.mute:
            return
        if manners.lose > 0:
            manners.lose -= 1
            return
        if manners.garble > 0:
            manners.garble -= 1
            message = message[: len(message) // 2]
        if manners.swap > 0:
            self._swap(message)
            return
        self._put(message)
        if manners.duplicate > 0:
            manners.duplicate -= 1
            self._put(message)

    def disconnect(self) -> None:
        for queue in self._queues:
            queue.put_nowait(_CLOSE)

    async def serve(self, socket: WebSocket, accepts: tuple[str, str]) -> None:
        """Speak with one client until one of the two goes."""
        if self.manners.refuse:
            await socket.close(code=1013)
            return
        await socket.accept()
        try:
            if await self._authenticate(socket, accepts) and await self._listen(socket):
                await self._forward(socket)
        except WebSocketDisconnect:
            return

    async def _authenticate(self, socket: WebSocket, accepts: tuple[str, str]) -> bool:
        keys = (await self._request(socket)).get("data") or {}
        known = (keys.get("key_id"), keys.get("secret_key")) == accepts and not self.manners.unauthorized
        status = "authorized" if known else "unauthorized"
        await self._send(socket, {"stream": "authorization", "data": {"status": status, "action": "authenticate"}})
        if not known:
            await socket.close()
        return known

    async def _listen(self, socket: WebSocket) -> bool:
        wanted = (await self._request(socket)).get("data") or {}
        streams = [each for each in wanted.get("streams", []) if each == "trade_updates"]
        await self._send(socket, {"stream": "listening", "data": {"streams": streams}})
        return bool(streams)

    async def _forward(self, socket: WebSocket) -> None:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._queues.add(queue)
        reader = asyncio.ensure_future(_until_gone(socket, queue))
        try:
            while (message := await queue.get()) is not _CLOSE:
                await self._send_text(socket, message)
            await socket.close(code=1011)
        except RuntimeError:
            return  # the client has gone meanwhile
        finally:
            self._queues.discard(queue)
            reader.cancel()

    async def _request(self, socket: WebSocket) -> dict[str, Any]:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        answer = json.loads(message.get("text") or message.get("bytes") or "{}")
        return answer if isinstance(answer, dict) else {}

    async def _send(self, socket: WebSocket, message: object) -> None:
        await self._send_text(socket, json.dumps(message))

    async def _send_text(self, socket: WebSocket, message: str) -> None:
        if self.manners.text_frames:
            await socket.send_text(message)
        else:
            await socket.send_bytes(message.encode())

    def _put(self, message: str) -> None:
        for queue in self._queues:
            queue.put_nowait(message)

    def _swap(self, message: str) -> None:
        self._kept.append(message)
        self.manners.swap -= 1
        if self.manners.swap == 0:
            for each in reversed(self._kept):
                self._put(each)
            self._kept.clear()


async def _until_gone(socket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
    except RuntimeError:
        pass  # it was closed from this side
    queue.put_nowait(_CLOSE)

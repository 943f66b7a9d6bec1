"""A proxy on the loopback before the API server that misbehaves as tests tell it: errors, resets, silence, delay.

It speaks plain HTTP to the operator and sends on what the operator sends, its token included.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import aiohttp
from aiohttp import web
from tests.cluster.cluster import Cluster
from tests.cluster.loop_thread import loop_thread

DROPPED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
Trouble = Callable[[web.Request], int | None]  # a status to answer instead; 0 resets the connection


Delay = Callable[[web.Request], float]  # seconds between the server's answer and its passing on


def none(_request: web.Request) -> int | None:
    return None


def at_once(_request: web.Request) -> float:
    return 0.0


@dataclass
class TroubledProxy:
    """`trouble` decides each request's fate; `wrote` is called after each write that the server has answered.

    `delay` holds an answer back: what was asked for is done by then, and whoever asked may have given up.
    """

    cluster: Cluster
    trouble: Trouble = none
    delay: Delay = at_once
    lag: float = 0.0  # seconds by which watches come late
    age: int = 0  # watches of an earlier age pass nothing on, and do not end
    wrote: Callable[[], None] = lambda: None
    url: str = ""
    refused: int = 0

    def silence(self) -> None:
        """Have every watch that stands now fall silent for ever; new ones speak."""
        self.age += 1

    async def handle(self, request: web.Request) -> web.StreamResponse:
        fate = self.trouble(request)
        if fate is not None:
            self.refused += 1
            return await self._refuse(request, fate)
        if "watch" in request.query:
            return await self._stream(request)
        status, headers, content = await self._forward(request)
        if request.method not in {"GET", "HEAD"}:
            self.wrote()
        await asyncio.sleep(self.delay(request))
        return web.Response(status=status, headers=headers, body=content)

    async def _refuse(self, request: web.Request, status: int) -> web.StreamResponse:
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        body = {"kind": "Status", "status": "Failure", "code": status, "reason": "Trouble", "message": "by the proxy"}
        return web.json_response(body, status=status or 500, headers={"Retry-After": "1"} if status == 429 else {})

    async def _forward(self, request: web.Request) -> tuple[int, dict[str, str], bytes]:
        async with self._session.request(
            request.method, self._target(request), headers=kept(request.headers), data=await request.read() or None
        ) as answer:
            return answer.status, {"Content-Type": answer.headers.get("Content-Type", "")}, await answer.read()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        async with self._session.get(
            self._target(request), headers=kept(request.headers), timeout=aiohttp.ClientTimeout(total=None)
        ) as answer:
            response = web.StreamResponse(
                status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]}
            )
            await response.prepare(request)
            born = self.age
            async for chunk in answer.content.iter_any():
                await asyncio.sleep(self.lag)
                if born == self.age:
                    await response.write(chunk)
            return response

    def _target(self, request: web.Request) -> str:
        return f"{self.cluster.url}{request.raw_path}"

    async def serve(self, started: Callable[[int], None], stop: asyncio.Event) -> None:
        assert self.cluster.certificate is not None
        trusted = ssl.create_default_context(cafile=self.cluster.certificate)
        connector = aiohttp.TCPConnector(ssl=trusted, limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=True) as self._session:
            runner = web.AppRunner(catching(self.handle), access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            started(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]
            await stop.wait()
            await runner.cleanup()


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in DROPPED}


def catching(handle: Callable[[web.Request], object]) -> web.Application:
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", handle)  # type: ignore[arg-type]
    return application


@contextmanager
def troubled(cluster: Cluster) -> Iterator[TroubledProxy]:
    """Run one in a thread of its own."""
    proxy, ports, up = TroubledProxy(cluster), list[int](), Event()

    def started(port: int) -> None:
        ports.append(port)
        up.set()

    with loop_thread(lambda stop: proxy.serve(started, stop), "troubled proxy"):
        assert up.wait(10)
        proxy.url = f"http://127.0.0.1:{ports[0]}"
        yield proxy

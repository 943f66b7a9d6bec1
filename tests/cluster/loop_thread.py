"""An event loop in a thread of its own, beside whatever a test does: the stand-in kubelet, the troubled proxy."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

CLOSING_SECONDS = 0.05  # for the last words of TLS connections, which nobody waits for

Main = Callable[[asyncio.Event], Awaitable[None]]


@contextmanager
def loop_thread(main: Main, name: str) -> Iterator[None]:
    """Run `main` until the block is left, when it is told to stop; what it raised is raised then."""
    with (
        ThreadPoolExecutor(1, thread_name_prefix=name) as threads,
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        loop, stop = runner.get_loop(), asyncio.Event()
        ended = threads.submit(runner.run, until_closed(main, stop))
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            ended.result()


async def until_closed(main: Main, stop: asyncio.Event) -> None:
    try:
        await main(stop)
    finally:
        await asyncio.sleep(CLOSING_SECONDS)


async def stopped(main: Awaitable[None], stop: asyncio.Event) -> None:
    """Run `main`, which never ends by itself, until `stop` is set."""
    running, told = asyncio.ensure_future(main), asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, told):
        task.cancel()
    await asyncio.wait({running, told})
    if not running.cancelled():
        running.result()

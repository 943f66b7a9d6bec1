"""A command's own connection to the bus, and which streams there are. Used by `stockbot events`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, cast

from pydantic import SecretStr
from redis.exceptions import RedisError

from stockbot.errors import Unavailable
from stockbot.local.data_folder import running_bus_url
from stockbot.runtime.bus import BusUnavailable, connect, translated
from stockbot.runtime.bus.commands import Commands
from stockbot.runtime.redaction import redact_url

PREFIX = "stockbot:"
DEAD = ":dead"


class Client(Commands, Protocol):
    """The commands of the services, and two that only look."""

    def scan_iter(self, match: str, *, count: int, _type: str) -> AsyncIterator[bytes]: ...

    async def time(self) -> tuple[int, int]:
        """The server's clock: seconds since 1970, and microseconds."""


@asynccontextmanager
async def observing(url: SecretStr) -> AsyncIterator[Client]:
    """Connect, and close in the end. Raises Unavailable where the bus does not answer, without its password."""
    client = cast(Client, connect(url.get_secret_value(), blocking=True))
    try:
        with translated():
            await client.ping()
            yield client
    except BusUnavailable as error:
        raise Unavailable(f"{_shown(url)}: {error}; is `stockbot up` running?") from error
    except RedisError as error:
        raise Unavailable(f"{_shown(url)}: the bus refuses: {error}") from error
    finally:
        await client.aclose()


def _shown(url: SecretStr) -> str:
    return redact_url(url.get_secret_value())


async def ping(url: SecretStr) -> None:
    """Raise Unavailable where the bus does not answer."""
    async with observing(url) as client:
        await client.ping()


def observe(bus_url: str | None, data_dir: Path, read: Callable[[Client], Coroutine[None, None, None]]) -> None:
    """Run `read` over the bus at `bus_url`, or over that of the platform in `data_dir`."""
    url = SecretStr(bus_url) if bus_url else running_bus_url(data_dir)

    async def connected() -> None:
        async with observing(url) as client:
            await read(client)

    asyncio.run(connected())


def full_name(stream: str) -> str:
    """Complete a stream's name: `signals` is `stockbot:signals`."""
    return stream if stream.startswith(PREFIX) else PREFIX + stream


async def stream_names(client: Client, *, dead: bool = False) -> list[str]:
    """All streams of the platform in order of name; with `dead`, the mirrors of dead letters instead."""
    found = {name.decode() async for name in client.scan_iter(f"{PREFIX}*", count=1000, _type="stream")}
    return sorted(name for name in found if name.endswith(DEAD) == dead)

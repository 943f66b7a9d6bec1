"""One process's connections to the bus, and the one seam where redis-py's errors become ours. Used by all bus modules.

Writers never retry by themselves: a retried XADD after a lost reply writes twice. Whoever publishes tries again with
the same event id. Blocking readers have connections of their own, whose time limit is longer than BLOCK, so that a
server which went mute is noticed.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.runtime.bus.commands import Commands
from stockbot.runtime.clock import Clock
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.tracing import Traces

BLOCK_MILLISECONDS = 1000
PING_SECONDS = 1.0
_COMMAND_TIMEOUT = 5.0
_BLOCKING_TIMEOUT = BLOCK_MILLISECONDS / 1000 + 4.0
_CONNECT_TIMEOUT = 2.0
# A server that restarts, is demoted, is full or moves answers with one of these: reconnect and try again.
_REPLIES_OF_A_SERVER_IN_TROUBLE = (
    "LOADING",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "OOM",
    "MISCONF",
    "TRYAGAIN",
    "UNBLOCKED",
    "NOREPLICAS",
)


class BusUnavailable(Unavailable):
    """The bus does not answer, or answers that it cannot serve just now."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise BusUnavailable for what another attempt can mend; an error of our own making passes as it is.

    redis-py writes through asyncio.wait_for, which in Python 3.11 loses a cancellation that comes as the write ends
    (bpo-37658): the task would go on for ever. Whoever was cancelled in here ends here.
    """
    cancellations = _cancellations()
    try:
        yield
    except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
        raise BusUnavailable(f"the bus does not answer: {error}") from error
    except exceptions.ResponseError as error:
        if not _is_trouble(error):
            raise
        raise BusUnavailable(f"the bus cannot serve: {error}") from error
    finally:
        if _cancellations() > cancellations:
            raise asyncio.CancelledError


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def _is_trouble(error: exceptions.ResponseError) -> bool:
    known = isinstance(error, exceptions.ReadOnlyError | exceptions.OutOfMemoryError)
    reply = str(error).rpartition("of pipeline caused error: ")[2].lstrip("('")  # redis-py's words in a pipeline
    return known or reply.startswith(_REPLIES_OF_A_SERVER_IN_TROUBLE)


def connect(url: str, *, blocking: bool = False) -> Commands:
    """A client that speaks RESP2 (Dragonfly's blocking reads fail on RESP3) and never retries; it connects lazily."""
    try:
        client = Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=_CONNECT_TIMEOUT,
            socket_timeout=_BLOCKING_TIMEOUT if blocking else _COMMAND_TIMEOUT,
            socket_keepalive=True,
        )
    except ValueError:
        raise ConfigurationError(
            "the bus address is not usable; write redis://[:password@]host:port/0"
        ) from None  # its text may quote a part of a password
    return cast(Commands, client)  # redis-py types its answers for every protocol at once


class Bus:
    """The connections of one process: `commands` for everything short, `blocking()` for each reader.

    `trouble` is None while the server answers, else the reason in words: a check of /readyz. `traces` are told of what
    travels; None where nobody asked for them.
    """

    def __init__(self, url: str, *, clock: Clock, metrics: Metrics, traces: Traces | None = None) -> None:
        self.clock = clock
        self.metrics = metrics
        self.traces = traces
        self.commands = connect(url)
        self.trouble: str | None = "not connected to the bus yet"
        self._url = url
        self._readers: list[Commands] = []

    def blocking(self) -> Commands:
        """A client of its own for one reader; closed with the bus."""
        client = connect(self._url, blocking=True)
        self._readers.append(client)
        return client

    async def release(self, client: Commands) -> None:
        """Close a reader's client before the bus itself is closed."""
        self._readers.remove(client)
        await client.aclose()

    async def watch(self) -> None:
        """Ask once whether the server answers, and wait: the step of a background loop."""
        try:
            await self.check()
        except BusUnavailable as error:
            await self.lost(error)
        await self.clock.sleep(PING_SECONDS)

    async def check(self) -> None:
        """Raise BusUnavailable unless the server answers now."""
        with translated():
            await self.commands.ping()
        if self.trouble is not None:
            self.metrics.bus_reconnects.inc()
        self.trouble = None

    async def lost(self, error: BusUnavailable) -> None:
        """Remember the trouble and drop the connections: after a failover old ones stay on the demoted server.

        Those in use meet the trouble themselves; to cut them would fail the commands of other tasks half way.
        """
        self.trouble = str(error)
        await self.commands.connection_pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        for client in (self.commands, *self._readers):
            await client.aclose()
        if self.traces is not None:
            await self.traces.close()

"""Kopf's part: it logs in, watches TradingServices and says what it saw. It writes nothing and stores nothing.

Kopf takes the process's signals and cancels every task that it does not know, so it runs in a thread of its own; what
it sees is handed to our event loop. Its order of things starts after ours: the resources are listed before.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import kopf
import msgspec
from kopf._core.engines.peering import Identity  # `kopf.operator` wants this type and exports it nowhere

from stockbot.runtime.kubernetes import Connection
from stockbot_operator.kube.kinds import TRADING_SERVICES
from stockbot_operator.kube.objects import Resource

TOKEN_LIFETIME = timedelta(minutes=5)  # a pod's token file is read again so often; it is replaced every hour
REQUEST_SECONDS = 10.0
CONNECT_SECONDS = 5.0
SERVER_SECONDS = 270
IDENTITY = Identity("stockbot-operator")  # else Kopf asks for the user's name, and a pod's user may have none

Seen = Callable[[str | None, Resource], object]  # the type of the event, and the resource


class KopfWatch:
    """`step` is a background loop's: Kopf from its start to its end."""

    def __init__(
        self, connection: Connection, namespaces: Sequence[str], seen: Seen, *, silence_seconds: float
    ) -> None:
        self._connection, self._namespaces, self._seen = connection, namespaces, seen
        self._silence_seconds = silence_seconds
        self._is_watching = threading.Event()

    def trouble(self) -> str | None:
        """Say why changes of TradingServices are not seen now; None when they are."""
        return None if self._is_watching.is_set() else "Kopf does not watch the TradingServices yet"

    async def step(self) -> None:
        """Run Kopf until it fails or this is cancelled."""
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self._run, loop, stop)
        finally:
            stop.set()
            self._is_watching.clear()

    def _run(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        logging.getLogger("kopf").setLevel(logging.WARNING)
        logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)  # it warns that signals are not its own
        asyncio.run(
            kopf.operator(
                registry=self.registry(lambda type_, item: loop.call_soon_threadsafe(self._seen, type_, item)),
                settings=settings(self._silence_seconds),
                standalone=True,
                namespaces=list(self._namespaces),
                clusterwide=not self._namespaces,
                identity=IDENTITY,
                stop_flag=stop,
                ready_flag=self._is_watching,
            )
        )

    def registry(self, seen: Seen) -> kopf.OperatorRegistry:
        """Make a fresh registry: without its own login handler Kopf would wait for ever."""
        registry = kopf.OperatorRegistry()
        group, _, version = TRADING_SERVICES.api_version.partition("/")

        @kopf.on.login(registry=registry)
        def log_in(**_: Any) -> kopf.ConnectionInfo:
            return connection_info(self._connection)

        @kopf.on.event(group, version, TRADING_SERVICES.plural, registry=registry)
        async def hand_over(type: str | None, event: Any, **_: Any) -> None:  # noqa: A002 - Kopf's names
            seen(type, resource_of(event["object"]))

        return registry


def settings(silence_seconds: float) -> kopf.OperatorSettings:
    """Set what would hang, churn or write by default."""
    chosen = kopf.OperatorSettings()
    chosen.networking.request_timeout = REQUEST_SECONDS
    chosen.networking.connect_timeout = CONNECT_SECONDS
    chosen.watching.server_timeout = SERVER_SECONDS
    chosen.watching.inactivity_timeout = silence_seconds
    chosen.posting.enabled = False
    chosen.scanning.disabled = True
    return chosen


def connection_info(connection: Connection) -> kopf.ConnectionInfo:
    is_file = connection.token_file is not None
    return kopf.ConnectionInfo(
        server=connection.server,
        ca_data=connection.authority,
        insecure=None if connection.is_verified else True,
        scheme="Bearer" if connection.bearer() else None,
        token=connection.bearer(),
        certificate_data=connection.certificate,
        private_key_data=connection.private_key,
        default_namespace=connection.namespace,
        expiration=datetime.now(UTC) + TOKEN_LIFETIME if is_file else None,
    )


def resource_of(raw: Any) -> Resource:
    """Read what Kopf has decoded as we read it ourselves."""
    return msgspec.convert(raw, Resource)

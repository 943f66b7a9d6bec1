"""Optional traces: one from tick to ledger, sent to whom OpenTelemetry's standard variables name.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set, and then no event is looked at. What travels is told by the parts of the
bus: a tick when it is published, every work event when the relay has sent it, and what a group has committed of it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from stockbot.codec import type_of
from stockbot.events import Event
from stockbot.runtime.clock import Clock
from stockbot.runtime.otlp_settings import otlp_settings
from stockbot.runtime.spans import Span, Told, handling, publishing

OLDEST = timedelta(minutes=1)  # what a bus that was wiped is sent again is no news
STOP_SECONDS = 2.0

log = structlog.stdlib.get_logger(__name__)
_told = msgspec.json.Decoder(Told)


class Exporter(Protocol):
    """Whoever takes spans."""

    def take(self, span: Span) -> None: ...

    async def step(self) -> None: ...

    async def send(self) -> None: ...

    async def close(self) -> None: ...


class Traces:
    """What the bus's parts tell, as spans. `step` is that of a background loop, which sends them."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self.step = exporter.step

    def relayed(self, stream: str, documents: Iterable[bytes], now: datetime) -> None:
        """Events that the relay has just put on the bus, as they went; one that cannot be read is passed over."""
        for document in documents:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                self._take(publishing(_told.decode(document), stream, now))

    def published(self, stream: str, events: Sequence[Event], now: datetime) -> None:
        """Broadcast events that are on the bus: a tick is where a trace begins."""
        for event in events:
            self._take(publishing(_placed(event), stream, now))

    def handled(self, stream: str, group: str, events: Iterable[Event], now: datetime) -> None:
        """Events whose effects a group has committed."""
        for event in events:
            self._take(handling(_placed(event), stream, group, now))

    async def close(self) -> None:
        """Send what is left, for two seconds at most: a receiver that does not answer holds up no stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._exporter.send()
        await self._exporter.close()

    def _take(self, span: Span) -> None:
        if span.end - span.start <= OLDEST:
            self._exporter.take(span)


def traces_of(service: str, environment: Mapping[str, str], clock: Clock) -> Traces | None:
    """None unless the environment asks for traces, and where what it says cannot be used: that is said in the log."""
    settings = otlp_settings(service, environment)
    if settings is None:
        return None
    from stockbot.runtime.otlp import Otlp  # noqa: PLC0415 - httpx, where traces are asked for alone

    try:
        return Traces(Otlp(settings, clock))
    except (OSError, ValueError) as error:  # no such certificate, or a header that is none
        log.warning("no traces: OTEL_EXPORTER_OTLP_* cannot be used", reason=type(error).__name__)
        return None


def _placed(event: Event) -> Told:
    return Told(
        event_type=type_of(event),
        id=event.id,
        time=event.time,
        subject=event.subject,
        correlationid=event.correlationid,
        causationid=event.causationid,
        traceparent=event.traceparent,
    )

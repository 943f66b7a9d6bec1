"""Sends spans by OTLP over HTTP, in its JSON form, which every collector takes at port 4318.

A few kilobytes of code in place of an SDK, which would cost each service megabytes and a thread while it is off: our
spans have their ids and times already, and httpx is here.
"""

import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

import httpx
import msgspec
import structlog

from stockbot import __version__
from stockbot.runtime.clock import Clock
from stockbot.runtime.otlp_settings import OtlpSettings
from stockbot.runtime.spans import Span

BATCH = 512
JSON = {"Content-Type": "application/json"}
AGAIN = (408, 429)  # refusals that only mean: later
PRODUCER, CONSUMER = 4, 5  # SpanKind
TRACE_BITS = 2**64  # the half of a trace's id that chooses whether it is sent, as TraceIdRatioBased does

log = structlog.stdlib.get_logger(__name__)


class Otlp:
    """Keeps what it could not send yet, and of more than `longest_queue` the newest."""

    def __init__(self, settings: OtlpSettings, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._waiting: deque[Span] = deque(maxlen=settings.longest_queue)
        self._client = httpx.AsyncClient(
            headers=dict(settings.headers),
            timeout=settings.timeout_seconds,
            verify=_verifying(settings),
            transport=transport,
            trust_env=False,
        )
        self._trouble = ""

    def take(self, span: Span) -> None:
        """Keep it for the next batch, if its trace is one that is sent."""
        if span.trace % TRACE_BITS < self._settings.share * TRACE_BITS:
            self._waiting.append(span)

    async def step(self) -> None:
        """Wait, then send what there is: the step of a background loop. A receiver's trouble costs its spans alone."""
        await self._clock.sleep(self._settings.every_seconds)
        await self.send()

    async def send(self) -> None:
        """Send all that waits; what a receiver refuses is dropped, what it did not get is kept."""
        while self._waiting:
            batch = list(islice(self._waiting, BATCH))
            trouble = await self._post(document(batch, self._settings.resource))
            self._note(trouble or "")
            if trouble is not None:
                return
            for _ in batch:
                self._waiting.popleft()

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, body: bytes) -> str | None:
        """Why it did not arrive; None where it did, or where sending it again would not help."""
        try:
            answer = await self._client.post(self._settings.url, content=body, headers=JSON)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        if answer.is_client_error and answer.status_code not in AGAIN:
            log.warning("traces refused", status=answer.status_code, spans_dropped=True)
            return None
        return None if answer.is_success else f"status {answer.status_code}"

    def _note(self, trouble: str) -> None:
        """Say it once, and once that it is over."""
        if trouble != self._trouble:
            log.warning("traces do not leave" if trouble else "traces leave again", reason=trouble)
        self._trouble = trouble


def document(spans: Iterable[Span], resource: Mapping[str, str]) -> bytes:
    """An ExportTraceServiceRequest as JSON: ids in hex, 64-bit numbers as text."""
    scope = {"name": "stockbot", "version": __version__}
    return msgspec.json.encode(
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": _attributes(resource)},
                    "scopeSpans": [{"scope": scope, "spans": [_span(span) for span in spans]}],
                }
            ]
        }
    )


def _span(span: Span) -> dict[str, object]:
    below = {"parentSpanId": f"{span.parent:016x}"} if span.parent else {}
    return {
        "traceId": f"{span.trace:032x}",
        "spanId": f"{span.id:016x}",
        **below,
        "name": span.name,
        "kind": CONSUMER if span.is_consumer else PRODUCER,
        "startTimeUnixNano": _nanoseconds(span.start),
        "endTimeUnixNano": _nanoseconds(span.end),
        "attributes": _attributes(span.attributes),
    }


def _attributes(values: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def _nanoseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000) * 1000)


def _verifying(settings: OtlpSettings) -> ssl.SSLContext | bool:
    """Of whom the receiver's certificate must be, where the environment names a file."""
    if settings.certificate is None:
        return True
    return ssl.create_default_context(cafile=settings.certificate)

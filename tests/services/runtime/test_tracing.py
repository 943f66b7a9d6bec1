"""Traces are made where the environment asks for them, and nowhere else; they never stand in the way."""

import asyncio
import time
from collections.abc import Iterable
from datetime import timedelta

import pytest

from stockbot.codec import encode
from stockbot.runtime.spans import Span
from stockbot.runtime.tracing import OLDEST, STOP_SECONDS, Traces, traces_of
from stockbot.testing.clock import FixedClock
from stockbot.testing.events import service_alert

ASKS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
STREAM = "stockbot:alerts"
SECOND = timedelta(seconds=1)


class Kept:
    """An exporter that keeps what it is given, and takes its time to send it."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.spans: list[Span] = []
        self.is_closed = False
        self._seconds = seconds

    def take(self, span: Span) -> None:
        self.spans.append(span)

    async def step(self) -> None:
        await self.send()

    async def send(self) -> None:
        await asyncio.sleep(self._seconds)

    async def close(self) -> None:
        self.is_closed = True


def names(spans: Iterable[Span]) -> list[str]:
    return [span.name for span in spans]


def test_without_an_endpoint_there_are_none() -> None:
    """Then the parts of the bus have nobody to tell, and look at no event."""
    assert traces_of("risk-guardian", {}, FixedClock()) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/no/such/file"},
        {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=%E2%82%AC"},
    ],
)
def test_what_cannot_be_used_stops_no_service(wrong: dict[str, str]) -> None:
    """A missing certificate or a header that is none: no traces, and the service starts."""
    assert traces_of("risk-guardian", ASKS | wrong, FixedClock()) is None


def test_what_a_wiped_bus_is_sent_again_is_no_news() -> None:
    """Relayed within a minute it is a span; later it is not. What cannot be read is passed over."""
    kept, event = Kept(), service_alert(1)
    traces = Traces(kept)
    traces.relayed(STREAM, [b"{", b"\xff", encode(event)], event.time + SECOND)
    traces.relayed(STREAM, [encode(event)], event.time + OLDEST + SECOND)
    assert names(kept.spans) == [f"{STREAM} publish"]


def test_what_a_group_commits_hangs_below_what_was_relayed() -> None:
    """The relay reads bytes and the worker has events: both speak of the same span."""
    kept, event = Kept(), service_alert(1)
    traces = Traces(kept)
    traces.relayed(STREAM, [encode(event)], event.time + SECOND)
    traces.handled(STREAM, "alert-manager", [event], event.time + SECOND)
    assert names(kept.spans) == [f"{STREAM} publish", f"{STREAM} alert-manager"]
    assert kept.spans[1].parent == kept.spans[0].id


async def test_a_receiver_that_hangs_holds_up_no_stop() -> None:
    """The last spans get two seconds; then the process ends without them."""
    kept, began = Kept(seconds=STOP_SECONDS * 20), time.monotonic()
    await Traces(kept).close()
    assert kept.is_closed
    assert time.monotonic() - began < STOP_SECONDS * 10

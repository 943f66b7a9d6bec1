"""Spans arrive as the protocol describes them, and a receiver's trouble costs nothing else."""

import json
from dataclasses import replace

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Described
from tests.platform.otlp_receiver import read_request

from stockbot.runtime.otlp import BATCH, Otlp, document
from stockbot.runtime.otlp_settings import OtlpSettings, otlp_settings
from stockbot.runtime.spans import Span
from stockbot.testing.clock import START, FixedClock

ASKS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=k"}


def span(number: int = 1, parent: int = 0) -> Span:
    return Span(
        trace=number * 2**60 + 7,
        id=number,
        parent=parent,
        name="stockbot:orders publish",
        is_consumer=False,
        start=START,
        end=START,
        attributes={"messaging.system": "stockbot"},
    )


def settings() -> OtlpSettings:
    found = otlp_settings("risk-guardian", ASKS)
    assert found is not None
    return found


class Collector:
    """What a receiver was sent, and with which statuses it answers."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[httpx.Request] = []
        self._statuses = list(statuses)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._statuses.pop(0) if self._statuses else 200)

    @property
    def sizes(self) -> list[int]:
        bodies = [json.loads(request.content) for request in self.requests]
        return [len(body["resourceSpans"][0]["scopeSpans"][0]["spans"]) for body in bodies]

    def exporter(self, changed: OtlpSettings | None = None) -> Otlp:
        return Otlp(changed or settings(), FixedClock(), httpx.MockTransport(self))


def test_the_request_is_what_the_protocol_describes() -> None:
    """OpenTelemetry's own description reads it, to which unknown fields are an error, and every fact is there."""
    request = read_request(document([span(1), span(2, parent=1)], {"service.name": "risk-guardian"}))
    (of_resource,) = request.resource_spans
    first, second = of_resource.scope_spans[0].spans
    assert of_resource.resource.attributes[0].value.string_value == "risk-guardian"
    assert int.from_bytes(first.trace_id) == span(1).trace
    assert (first.parent_span_id, second.parent_span_id) == (b"", first.span_id)
    assert first.start_time_unix_nano == int(START.timestamp()) * 10**9
    assert first.kind == Described.SPAN_KIND_PRODUCER


async def test_batches_leave_in_order_with_their_headers() -> None:
    """What waits is sent in batches to the address of traces; afterwards nothing waits."""
    collector = Collector()
    exporter = collector.exporter()
    for number in range(1, BATCH + 2):
        exporter.take(span(number))
    await exporter.send()
    await exporter.send()
    assert collector.sizes == [BATCH, 1]
    assert collector.requests[0].url == "http://collector:4318/v1/traces"
    assert collector.requests[0].headers["api-key"] == "k"


@pytest.mark.parametrize(("status", "sizes"), [(503, [1, 2]), (429, [1, 2]), (400, [1, 1])])
async def test_only_what_may_yet_arrive_is_sent_again(status: int, sizes: list[int]) -> None:
    """A receiver that is away or busy gets it later; one that refuses it does not."""
    collector = Collector(status)
    exporter = collector.exporter()
    exporter.take(span(1))
    await exporter.send()
    exporter.take(span(2))
    await exporter.send()
    assert collector.sizes == sizes


async def test_nobody_listens() -> None:
    """Without a receiver the newest spans are kept, the others go, and nothing is raised."""
    few = replace(settings(), url="http://127.0.0.1:1/v1/traces", longest_queue=2)
    exporter = Otlp(few, FixedClock())
    for number in range(1, 6):
        exporter.take(span(number))
    await exporter.step()
    assert [one.id for one in exporter._waiting] == [4, 5]
    await exporter.close()


async def test_an_address_that_is_none_is_said() -> None:
    """No exception leaves: the loop that sends goes on."""
    exporter = Otlp(replace(settings(), url="http://[nonsense"), FixedClock())
    exporter.take(span())
    await exporter.send()
    await exporter.close()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
async def test_a_share_of_the_traces_is_the_same_everywhere(share: float) -> None:
    """By the trace's id alone: about the share is taken, and a trace is taken whole or not at all."""
    exporter = Collector().exporter(replace(settings(), share=share))
    whole = [replace_trace(span(1), number * (2**64 // 100)) for number in range(100)]
    for one in (*whole, *whole):
        exporter.take(one)
    taken = {one.trace for one in exporter._waiting}
    assert len(exporter._waiting) == 2 * len(taken)
    assert abs(len(taken) - 100 * share) <= 1
    await exporter.close()


def replace_trace(one: Span, trace: int) -> Span:
    return Span(**{field: getattr(one, field) for field in one.__struct_fields__} | {"trace": trace})

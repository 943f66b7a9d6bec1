"""Whoever receives traces: OTLP over HTTP on loopback, read with OpenTelemetry's own description of the protocol."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped] # for one call in one test
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = ("traceId", "spanId", "parentSpanId")


def read_request(body: bytes) -> ExportTraceServiceRequest:
    """Read OTLP's JSON: protobuf's own but for the ids, which are hex and not base64. Raises for unknown fields."""
    found = json.loads(body)
    for resource in found["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                span.update({key: base64.b64encode(bytes.fromhex(span[key])).decode() for key in IDS if key in span})
    request: ExportTraceServiceRequest = ParseDict(found, ExportTraceServiceRequest())
    return request


@dataclass(frozen=True)
class Received:
    """A span as it came, with the service that sent it."""

    service: str
    trace: bytes
    id: bytes
    parent: bytes
    name: str
    attributes: dict[str, str]


@dataclass
class Receiver:
    url: str
    spans: list[Received] = field(default_factory=list)

    def of_chain(self, correlationid: str) -> dict[str, Received]:
        """The chain's spans by their names; the last of each name."""
        key = "messaging.message.conversation_id"
        return {span.name: span for span in list(self.spans) if span.attributes.get(key) == correlationid}

    def take(self, body: bytes) -> None:
        for resource in read_request(body).resource_spans:
            of = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    attributes = {pair.key: pair.value.string_value for pair in span.attributes}
                    self.spans.append(
                        Received(
                            of["service.name"], span.trace_id, span.span_id, span.parent_span_id, span.name, attributes
                        )
                    )


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port; ended at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            receiver.take(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)

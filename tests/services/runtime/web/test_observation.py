"""Each answer carries its correlation id and safe headers, and is counted and logged once."""

from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from stockbot.runtime.auth import Role


async def test_passes_the_correlation_id_on(viewer: httpx.AsyncClient) -> None:
    """The id of the client comes back; without one, or with one unfit for logs, there is a new one."""
    answer = await viewer.get("/api/v1/holdings", headers={"X-Correlation-ID": "chain-7"})
    assert answer.headers["x-correlation-id"] == "chain-7"
    for unfit in ("", "two words", "x" * 129, 'quote"'):
        answer = await viewer.get("/api/v1/holdings", headers={"X-Correlation-ID": unfit})
        assert len(answer.headers["x-correlation-id"]) == 32


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/holdings", "/nothing", "/docs"])
async def test_sets_safe_headers(viewer: httpx.AsyncClient, path: str) -> None:
    """No answer is cached, framed, sniffed or leaks its address to others."""
    headers = (await viewer.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_counts_by_route_and_not_by_path(viewer: httpx.AsyncClient, service: Any) -> None:
    """Two symbols are one series; what people mistype and odd methods share one as well."""
    for path in ("/api/v1/holdings/A", "/api/v1/holdings/B", "/api/v1/x", "/api/v1/y"):
        await viewer.get(path)
    await viewer.request("FOO", "/api/v1/x")

    def count(method: str, route: str, status: str) -> float | None:
        labels = {"method": method, "route": route, "status": status}
        value: float | None = service.metrics.registry.get_sample_value("stockbot_http_requests_total", labels)
        return value

    assert count("GET", "/api/v1/holdings/{symbol}", "200") == 2
    assert count("GET", "none", "404") == 2
    assert count("other", "none", "404") == 1


async def test_logs_a_request_once_without_its_query(viewer: httpx.AsyncClient, service_log: list[Any]) -> None:
    """One line says who asked for what and what came of it; a query, which may hold anything, is left out."""
    await viewer.get("/api/v1/nothing?token=hunter2&limit=1")
    (line,) = service_log
    assert line["path"] == "/api/v1/nothing"
    assert (line["status"], line["principal"], line["log_level"]) == (404, "the viewer", "info")
    assert "hunter2" not in str(line)


async def test_logs_routine_only_for_the_curious(viewer: httpx.AsyncClient, service_log: list[Any]) -> None:
    """Probes and reads that went well repeat every few seconds: debug lines."""
    await viewer.get("/healthz")
    await viewer.get("/api/v1/holdings")
    assert [line["log_level"] for line in service_log] == ["debug", "debug"]


async def test_a_client_that_leaves_is_no_error(service: Any, address: str, service_log: list[Any]) -> None:
    """A WebSocket that is dropped in the middle is not logged as a fault of ours."""
    url = f"ws://{address}/ws/echo?lines=2"
    async with connect(url, additional_headers=service.bearer(Role.VIEWER), proxy=None) as socket:
        await socket.send("one")
        await socket.recv()
    async with connect(url, additional_headers=service.bearer(Role.VIEWER), proxy=None) as socket:
        await socket.send("two")
        await socket.recv()
    assert "error" not in {line["log_level"] for line in service_log}
    labels = {"method": "WEBSOCKET", "route": "/ws/echo", "status": "101"}
    assert service.metrics.registry.get_sample_value("stockbot_http_requests_total", labels) == 2

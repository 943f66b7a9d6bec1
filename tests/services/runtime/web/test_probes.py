"""The three paths that need no token say how the service is."""

from typing import Any

import httpx


async def test_is_alive_while_its_loops_beat(stranger: httpx.AsyncClient, service: Any) -> None:
    """A silent loop turns /healthz into 503 with its name and the reason."""
    service.liveness.watch("relay", 15)
    assert (await stranger.get("/healthz")).status_code == 200
    service.clock.advance(20)
    answer = await stranger.get("/healthz")
    assert answer.status_code == 503
    reason = "no sign of life for 20 s; its limit is 15 s"
    assert answer.json() == {"alive": False, "loops": [{"name": "relay", "ok": False, "reason": reason}]}


async def test_says_why_it_is_not_ready(stranger: httpx.AsyncClient, service: Any) -> None:
    """Each check has its own reason at /readyz; notes are shown and do not gate."""
    service.readiness.register("bus", lambda: None)
    service.readiness.note("yahoo", lambda: "answers with 429")
    answer = await stranger.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["degraded"] == [{"name": "yahoo", "ok": False, "reason": "answers with 429"}]
    service.readiness.register("database", lambda: "the disk is full")
    answer = await stranger.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert {"name": "database", "ok": False, "reason": "the disk is full"} in answer.json()["checks"]


async def test_shows_its_numbers(stranger: httpx.AsyncClient, service: Any) -> None:
    """Prometheus gets the page in the format that it asks for."""
    service.metrics.bus_reconnects.inc()
    answer = await stranger.get("/metrics")
    assert "stockbot_bus_reconnects_total 1.0" in answer.text
    assert 'stockbot_build_info{service="example"' in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    answer = await stranger.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")

"""The three paths that answer without a token: /healthz (restart me?), /readyz (may I work?) and /metrics."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.readiness_series import ReadinessSeries
from stockbot.runtime.web.structs import StructResponse


def probes(readiness: Readiness, liveness: Liveness, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["probes"])
    ReadinessSeries(readiness, metrics.registry)

    @router.get("/healthz", summary="Is this process alive, or does it need a restart?")
    async def healthz() -> Response:
        checks = liveness.report()
        alive = all(check.ok for check in checks)
        return StructResponse({"alive": alive, "loops": checks}, _status(alive))

    @router.get("/readyz", summary="May this service do its work? With a reason for each check.")
    async def readyz() -> Response:
        checks = readiness.report()
        ready = all(check.ok for check in checks)
        answer = {"ready": ready, "checks": checks, "degraded": readiness.degraded()}
        return StructResponse(answer, _status(ready))

    @router.get("/metrics", summary="Numbers for Prometheus.")
    async def show_metrics(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": media_type})

    return router


def _status(good: bool) -> HTTPStatus:
    return HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE

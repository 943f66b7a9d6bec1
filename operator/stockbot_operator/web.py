"""The operator's own /livez, /readyz and /metrics. Kopf's answers as long as its task runs, which says little."""

from http import HTTPStatus

import msgspec
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.readiness_series import ReadinessSeries


def site(readiness: Readiness, liveness: Liveness, metrics: Metrics) -> Starlette:
    """Make the app. Nothing of it needs a token: it tells names of namespaces and numbers, no secret."""
    ReadinessSeries(readiness, metrics.registry)

    async def livez(_request: Request) -> Response:
        checks = liveness.report()
        return _answer({"loops": checks}, good=all(check.ok for check in checks))

    async def readyz(_request: Request) -> Response:
        checks = readiness.report()
        good = all(check.ok for check in checks)
        return _answer({"ready": good, "checks": checks, "degraded": readiness.degraded()}, good=good)

    async def show_metrics(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": media_type})

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", show_metrics)])


def _answer(content: object, *, good: bool) -> Response:
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(msgspec.json.encode(content), status, media_type="application/json")

"""The factory of every service's HTTP side. A service gives its routers; what all share is added here."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, FastAPI

from stockbot import __version__
from stockbot.runtime.auth import Authenticator
from stockbot.runtime.clock import Clock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web.documentation import documentation, openapi_document
from stockbot.runtime.web.limits import LARGEST_BODY, BodyLimit
from stockbot.runtime.web.observation import Observation
from stockbot.runtime.web.probes import probes
from stockbot.runtime.web.problems import install_problems
from stockbot.runtime.web.security import Gate


def create_app(
    name: str,
    *,
    readiness: Readiness,
    liveness: Liveness,
    authenticator: Authenticator,
    metrics: Metrics,
    clock: Clock,
    routers: Sequence[APIRouter] = (),
    description: str = "",
    largest_body: int = LARGEST_BODY,
) -> FastAPI:
    """Make the app of the service `name`: open probes, a token for the rest, errors as problems.

    `routers` carry their own prefix, /api/v1 or /ws. An endpoint names its role by `Depends(require(Role.X))`;
    without one a viewer may call it. `largest_body` is in bytes.
    """
    app = FastAPI(
        title=name,
        version=__version__,
        description=description,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # counted and logged by Observation
    )
    install_problems(app)
    for router in (probes(readiness, liveness, metrics), documentation(app), *routers):
        app.include_router(router)
    app.openapi = partial(openapi_document, app)  # type: ignore[method-assign] # the documented way to extend it
    app.add_middleware(Gate, authenticator=authenticator)
    app.add_middleware(BodyLimit, largest=largest_body)
    app.add_middleware(Observation, metrics=metrics, clock=clock)  # the last added is the outermost
    metrics.name_build(name)
    return app

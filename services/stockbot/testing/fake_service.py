"""What the fakes of the services share: real HTTP on loopback, whose answers a test sets, breaks and takes away.

Tokens count as at a real service: who shows none that is known is refused, and so is who may not what they ask for.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from socket import create_server
from typing import Any, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockbot.runtime.auth import Principal, Role

TOKEN = "sbt_of-the-console"  # noqa: S105 - opens nothing but these fakes
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Call:
    """A request as it came in; `body` is None where there was none. `who` has shown their token."""

    request: Request
    who: Principal
    body: Any = None

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])


@dataclass(frozen=True)
class Act:
    """Something that a person asked to be done, and whether it was."""

    who: str
    what: str  # method and path
    body: Any
    status: int


Answer = Callable[[Call], Response]
Answers = Mapping[tuple[str, str], Answer]  # by method and path


@dataclass
class FakeService(ABC):
    """`broken` is the body of every answer while it is set; `asked` and `acts` are the requests so far."""

    not_ready: str | None = None  # the reason
    page_size: int = 1000
    broken: bytes | None = None
    asked: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    known: dict[str, Principal] = field(default_factory=lambda: {TOKEN: Principal("dashboard", Role.VIEWER)})
    port: int = 0
    tls: dict[str, Any] = field(default_factory=dict)  # uvicorn's options for a server with a certificate

    def __post_init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen; on the same port as before after a `stop`."""
        listener = create_server((LOOPBACK, self.port))
        self.port = listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_config=None, lifespan="off", **self.tls))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Close the port and every connection: whoever asks is refused."""
        assert self._server is not None  # noqa: S101 - it was started
        assert self._thread is not None  # noqa: S101
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    @abstractmethod
    def answers(self) -> Answers:
        """What this service answers beside /readyz."""

    def _app(self) -> Starlette:
        routes = [Route("/readyz", self._readyz)]
        routes += [
            Route(path, self._checked(answer), methods=[verb]) for (verb, path), answer in self.answers().items()
        ]
        return Starlette(routes=routes)

    def _checked(self, answer: Answer) -> Callable[[Request], Any]:
        async def checked(request: Request) -> Response:
            self.asked.append(f"{request.url.path}?{request.url.query}".rstrip("?"))
            if self.broken is not None:
                return Response(self.broken, media_type="application/json")
            who = self.known.get(request.headers.get("authorization", "").removeprefix("Bearer "))
            if who is None:
                return problem(HTTPStatus.UNAUTHORIZED, "the token is not known here")
            content = await request.body()
            call = Call(request, who, msgspec.json.decode(content) if content else None)
            response = await run_in_threadpool(answer, call)
            if request.method != "GET":
                what = f"{request.method} {request.url.path}"
                self.acts.append(Act(who.name, what, call.body, response.status_code))
            return response

        return checked

    async def _readyz(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if self.broken is not None:
            return Response(self.broken, media_type="application/json")
        check = {"name": "providers", "ok": self.not_ready is None, "reason": self.not_ready}
        status = HTTPStatus.OK if self.not_ready is None else HTTPStatus.SERVICE_UNAVAILABLE
        return as_json({"ready": self.not_ready is None, "checks": [check], "degraded": []}, status)

    def page(self, call: Call, items: Sequence[object]) -> Response:
        first = int(call.query.get("cursor", 0))
        after = first + self.page_size
        return as_json({"items": items[first:after], "next": str(after) if after < len(items) else None})


def as_json(answer: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")


def problem(status: HTTPStatus, detail: str) -> Response:
    return as_json({"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}, status)


def refuse_below(role: Role, who: Principal) -> Response | None:
    """Answer as `stockbot.runtime.web.require` does; None for whoever may."""
    if who.role >= role:
        return None
    return problem(HTTPStatus.FORBIDDEN, f"{who.name} has the role {who.role}; this needs the role {role}")


Service = TypeVar("Service", bound=FakeService)


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Let it listen for the length of a test."""
    service.start()
    try:
        yield service
    finally:
        service.stop()

"""One HTTP client of the API server: typed answers, typed errors, every request counted and bounded in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from stockbot.runtime.kubernetes import Connection
from stockbot_operator.kube.errors import ApiUnavailable, error_of
from stockbot_operator.kube.kinds import Kind
from stockbot_operator.kube.objects import Managed, PartialObject
from stockbot_operator.metrics import OperatorMetrics

MANAGER = "stockbot-operator"  # the one field manager of everything that the operator applies
APPLY = "application/apply-patch+yaml"  # JSON is YAML
JSON = "application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
SECONDS = 10.0  # what one request may take
FIRST_BAD = 400

T = TypeVar("T")


class Status(Struct, frozen=True):
    """The API server's own words about a request that it did not do."""

    reason: str = ""
    message: str = ""


class Client:
    """Speaks to one API server. `close` ends its connections."""

    def __init__(self, connection: Connection, metrics: OperatorMetrics, *, seconds: float = SECONDS) -> None:
        self.connection = connection
        self.seconds = seconds
        self._metrics = metrics
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, kind: Kind, namespace: str | None, name: str, *, cached: bool = False) -> PartialObject:
        """Read one object; NotFound if there is none. `cached`: as the server's memory has it, moments late at most."""
        content = await self._send(
            "GET",
            kind.path(namespace, name),
            params={"resourceVersion": "0"} if cached else None,
            accept=PARTIAL if kind.is_partial else JSON,
        )
        return decode(content, kind.reads)

    async def list_page(self, kind: Kind, namespace: str | None, params: Mapping[str, str]) -> bytes:
        return await self._send(
            "GET", kind.path(namespace), params=params, accept=PARTIAL_LIST if kind.is_partial else JSON, verb="LIST"
        )

    async def apply(
        self,
        kind: Kind,
        manifest: Mapping[str, Any],
        *,
        force: bool,
        subresource: str | None = None,
        seconds: float | None = None,
    ) -> PartialObject:
        """Apply on the server under our field manager; returns the object as it is now."""
        content = await self._apply(kind, manifest, force=force, subresource=subresource, seconds=seconds)
        return decode(content, kind.reads)

    async def apply_new(
        self, kind: Kind, manifest: Mapping[str, Any], *, seconds: float | None = None
    ) -> tuple[PartialObject, bool]:
        """Apply what should not be there yet; returns also whether somebody else has a part in the object."""
        content = await self._apply(kind, manifest, force=False, seconds=seconds)
        managers = {entry.manager for entry in decode(content, Managed).metadata.managed_fields}
        return decode(content, kind.reads), managers != {MANAGER}

    async def _apply(
        self,
        kind: Kind,
        manifest: Mapping[str, Any],
        *,
        force: bool,
        subresource: str | None = None,
        seconds: float | None = None,
    ) -> bytes:
        place = manifest["metadata"]
        return await self._send(
            "PATCH",
            kind.path(place.get("namespace"), place["name"], subresource),
            params={"fieldManager": MANAGER, "force": "true" if force else "false", "fieldValidation": "Strict"},
            body=manifest,
            content_type=APPLY,
            accept=PARTIAL if kind.is_partial else JSON,
            verb="APPLY",
            seconds=seconds,
        )

    async def create(self, kind: Kind, namespace: str, body: Mapping[str, Any], *, seconds: float | None = None) -> Any:
        content = await self._send(
            "POST", kind.path(namespace), params={"fieldManager": MANAGER}, body=body, verb="CREATE", seconds=seconds
        )
        return decode(content, kind.reads)

    async def replace(self, kind: Kind, namespace: str, name: str, body: Mapping[str, Any]) -> Any:
        """Write the whole object; Contradicted if it has changed since its resourceVersion."""
        content = await self._send("PUT", kind.path(namespace, name), body=body, verb="UPDATE")
        return decode(content, kind.reads)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str, *, seconds: float | None = None) -> None:
        """Delete the object of this UID, and what it owns after it."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        await self._send("DELETE", kind.path(namespace, name), body=body, seconds=seconds)

    async def watch(
        self, kind: Kind, namespace: str | None, params: Mapping[str, str], *, silence: float
    ) -> AsyncIterator[bytes]:
        """Yield the lines of a watch until the server ends it; ApiUnavailable after `silence` seconds without one."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.seconds, sock_read=silence)
        accept = PARTIAL if kind.is_partial else JSON
        self._metrics.api_requests.labels("WATCH").inc()
        try:
            async with self._open().get(
                self.connection.server + kind.path(namespace),
                params={**params, "watch": "1", "allowWatchBookmarks": "true"},
                headers=self._headers(accept),
                timeout=timeout,
            ) as response:
                if response.status >= FIRST_BAD:
                    raise _error(response, await response.read())
                async for line in _lines(response.content):
                    yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiUnavailable(f"the watch of {kind.plural} broke off: {_words(error)}") from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        verb: str | None = None,
        seconds: float | None = None,
    ) -> bytes:
        started = time.monotonic()
        named = verb or method
        self._metrics.api_requests.labels(named).inc()
        try:
            async with asyncio.timeout(self.seconds if seconds is None else min(seconds, self.seconds)):
                async with self._open().request(
                    method,
                    self.connection.server + path,
                    params=params,
                    data=None if body is None else msgspec.json.encode(body),
                    headers=self._headers(accept, content_type),
                ) as response:
                    content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiUnavailable(f"{named} {path}: {_words(error)}") from error
        finally:
            self._metrics.api_seconds.labels(named).observe(time.monotonic() - started)
        if response.status >= FIRST_BAD:
            raise _error(response, content)
        return content

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, ssl=self.connection.tls(), keepalive_timeout=60)
            self._session = aiohttp.ClientSession(
                connector=connector, auto_decompress=True, skip_auto_headers=("Accept-Encoding",)
            )
        return self._session

    def _headers(self, accept: str, content_type: str = JSON) -> dict[str, str]:
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": MANAGER}
        token = self.connection.bearer()
        return headers if token is None else {**headers, "Authorization": f"Bearer {token}"}


def decode(content: bytes, kind: type[T]) -> T:
    """Decode an answer; ApiUnavailable for what cannot be one, such as a proxy's page."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiUnavailable(f"the answer is not what the API server would say: {error}") from error


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Split the stream into lines of any length."""
    parts: list[bytes] = []
    async for chunk in content.iter_any():
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            yield b"".join([*parts, part])
            parts.clear()
        if rest:
            parts.append(rest)


def _error(response: aiohttp.ClientResponse, content: bytes) -> Exception:
    try:
        told = msgspec.json.decode(content, type=Status)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = Status(response.reason or "", content[:200].decode(errors="replace"))
    pause = response.headers.get("Retry-After", "")
    return error_of(response.status, told.reason, told.message, float(pause) if pause.isdecimal() else 0.0)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__

"""The requests themselves: a whole list, page by page, one object, a merge patch, an apply. Errors: errors.py."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx
import msgspec
from msgspec import Struct

from stockbot.runtime.kubernetes.connection import Connection
from stockbot.runtime.kubernetes.errors import GONE, NotAnswered, Refused, refusal

T = TypeVar("T")

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
LONGEST_SECONDS = 10.0  # of one answer, however slowly it comes
PAGE = 500
MOST_PAGES = 20  # of one list: 10,000 objects in one namespace
MANAGER = "stockbot-console"  # the field manager that owns what a person changed here
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"  # JSON is YAML


@dataclass(frozen=True)
class Resource:
    """`group` is empty for the core's."""

    group: str
    version: str
    plural: str
    is_namespaced: bool = True

    @property
    def full_name(self) -> str:
        """As RBAC and kubectl write it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str, name: str = "") -> str:
        root = f"/apis/{self.group}" if self.group else "/api"
        place = f"/namespaces/{namespace}" if self.is_namespaced else ""
        return f"{root}/{self.version}{place}/{self.plural}" + (f"/{name}" if name else "")


class Listed(Struct, rename={"proceed": "continue"}, frozen=True):
    proceed: str = ""


class Page(Struct, Generic[T], frozen=True):
    items: tuple[T, ...]
    metadata: Listed = Listed()


class Told(Struct, frozen=True):
    """The part of a Status that a person reads."""

    message: str = ""


class Api:
    """Asks the API server of `connection` about its namespace."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._http = httpx.AsyncClient(
            base_url=connection.server, verify=connection.tls(), timeout=TIMEOUT, trust_env=False
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def list(self, resource: Resource, kind: type[T], selector: str = "") -> tuple[T, ...]:
        """All objects of the namespace; a list that changed too much while it was read is read again, once."""
        try:
            return await self._pages(resource, kind, selector)
        except Refused as error:
            if error.status != GONE:
                raise
            return await self._pages(resource, kind, selector)

    async def get(self, resource: Resource, name: str, kind: type[T]) -> T:
        """Read one object; Refused with the status 404 where there is none."""
        return _decoded(await self._ask("get", resource, name=name), kind)

    async def apply(self, resource: Resource, manifest: Mapping[str, Any], kind: type[T], *, manager: str) -> T:
        """Apply on the server, by force, as `manager`; return the object as it is now. Doing it twice is no harm."""
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        name = manifest["metadata"]["name"]
        content = await self._ask("patch", resource, name=name, query=query, patch=manifest, content_type=APPLY)
        return _decoded(content, kind)

    async def merge(self, resource: Resource, name: str, patch: object) -> None:
        """Merge `patch` into the object."""
        await self._ask("patch", resource, name=name, query={"fieldManager": MANAGER}, patch=patch)

    async def _pages(self, resource: Resource, kind: type[T], selector: str) -> tuple[T, ...]:
        query = {"limit": f"{PAGE}", **({"labelSelector": selector} if selector else {})}
        items: tuple[T, ...] = ()
        for _ in range(MOST_PAGES):
            content = await self._ask("list", resource, query=query)
            page = _decoded(content, Page[kind])  # type: ignore[valid-type] # a type made at run time
            items += page.items
            if not page.metadata.proceed:
                break
            query["continue"] = page.metadata.proceed
        return items

    async def _ask(
        self,
        verb: str,
        resource: Resource,
        *,
        name: str = "",
        query: dict[str, str] | None = None,
        patch: object = None,
        content_type: str = MERGE,
    ) -> bytes:
        namespace = self.connection.namespace if resource.is_namespaced else ""
        request = self._http.build_request(
            "PATCH" if verb == "patch" else "GET",
            resource.path(namespace, name),
            params=query,
            content=None if patch is None else msgspec.json.encode(patch),
            headers=self._headers(content_type),
            extensions=self._extensions(),
        )
        response = await self._sent(request)
        if not response.is_success:
            words = {"verb": verb, "resource": resource.full_name, "namespace": namespace}
            raise refusal(response.status_code, _message(response), **words)
        return response.content

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._http.send(request)
        except (httpx.HTTPError, TimeoutError) as error:
            is_doubtful = request.content and request.headers["Content-Type"] == MERGE
            outcome = " Whether it was done is not known: look before trying again." if is_doubtful else ""
            raise NotAnswered(
                f"The API server {self.connection.server} does not answer ({_cause(error)}).{outcome}"
            ) from None

    def _headers(self, content_type: str) -> dict[str, str]:
        token = self.connection.bearer()
        headers = {"Accept": "application/json", "Content-Type": content_type}
        return headers if token is None else headers | {"Authorization": f"Bearer {token}"}

    def _extensions(self) -> dict[str, Any]:
        name = self.connection.tls_name
        return {"sni_hostname": name} if name else {}


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAnswered(f"The answer is not what an API server says: {error}.") from None


def _message(response: httpx.Response) -> str:
    """The server's own sentence; of a page that no API server wrote, the status in words."""
    try:
        return msgspec.json.decode(response.content, type=Told).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        return response.reason_phrase


def _cause(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "time limit"
    return str(error) or "the connection broke"

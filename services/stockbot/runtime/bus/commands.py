"""The commands that the bus uses: all that Dragonfly, Valkey and Redis have in common and mean alike.

redis-py types its answers for every protocol and decoding at once; these are the types of ours, RESP2 and bytes. What
is not in this list (FUNCTION, WAIT, XAUTOCLAIM's third element, XREADGROUP CLAIM, XACKDEL ...) is not used.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

Fields = dict[bytes, bytes]
Entries = Sequence[tuple[bytes, Fields | None]]  # None: trimmed while it was pending
Answer = Sequence[tuple[bytes, Entries]]  # a stream's name, and what was read of it


class Commands(Protocol):
    """A client as `connect` makes it."""

    connection_pool: Any

    async def ping(self) -> bool: ...

    async def aclose(self) -> None: ...

    async def flushdb(self) -> bool:
        """For tests alone."""

    async def info(self, section: str) -> dict[str, Any]: ...

    async def delete(self, *keys: str) -> int: ...

    async def get(self, key: str) -> bytes | None: ...

    async def mget(self, keys: Sequence[str]) -> list[bytes | None]: ...

    async def scan(self, cursor: int, *, match: str, count: int) -> tuple[int, list[bytes]]: ...

    async def set(self, key: str, value: bytes | str, *, px: int | None = None) -> bool: ...

    async def hget(self, key: str, field: str) -> bytes | None: ...

    async def hset(
        self,
        key: str,
        field: str | None = None,
        value: bytes | str | None = None,
        *,
        mapping: Mapping[str, bytes | str] | None = None,
    ) -> int: ...

    async def hgetall(self, key: str) -> dict[bytes, bytes]: ...

    async def xadd(
        self,
        stream: str,
        fields: Mapping[bytes, bytes],
        id: str = "*",
        *,
        maxlen: int | None = None,
        approximate: bool = True,
    ) -> bytes: ...

    async def xlen(self, stream: str) -> int: ...

    async def xrange(
        self,
        stream: str,
        min: str = "-",
        max: str = "+",
        count: int | None = None,
    ) -> Entries: ...

    async def xrevrange(
        self,
        stream: str,
        max: str = "+",
        min: str = "-",
        count: int | None = None,
    ) -> Entries: ...

    async def xread(self, streams: Mapping[str, bytes], *, count: int, block: int | None = None) -> Answer: ...

    async def xreadgroup(
        self, group: str, consumer: str, streams: Mapping[str, bytes], *, count: int, block: int
    ) -> Answer: ...

    async def xgroup_create(self, stream: str, group: str, *, id: str, mkstream: bool) -> bool:
        """BUSYGROUP where it exists."""

    async def xack(self, stream: str, group: str, *entry_ids: bytes) -> int: ...

    async def xclaim(
        self,
        stream: str,
        group: str,
        consumer: str,
        *,
        min_idle_time: int,
        message_ids: Sequence[bytes],
        retrycount: int,
        justid: bool,
    ) -> list[bytes]: ...

    async def xpending(self, stream: str, group: str | bytes) -> dict[str, Any]: ...

    async def xpending_range(
        self,
        stream: str,
        group: str,
        *,
        min: str,
        max: str,
        count: int,
        consumername: str,
    ) -> list[dict[str, Any]]: ...

    async def xinfo_groups(self, stream: str) -> list[dict[str, Any]]: ...

    async def xtrim(
        self, stream: str, *, maxlen: int | None = None, minid: str | None = None, approximate: bool = True
    ) -> int: ...

    async def execute_command(self, *words: str) -> Any:
        """For tests alone."""

    def pipeline(self, *, transaction: bool) -> Any:
        """redis-py's pipeline of the same commands."""

    def register_script(self, script: str) -> Callable[..., Awaitable[Any]]: ...

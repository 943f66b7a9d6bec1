"""What one look sees of every service: its answer to /readyz, and its alive keys. Works without bus and database."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from stockbot.events.streams import alive_key
from stockbot.model.alerts.watchdog import Sighting
from stockbot.runtime.bus import Bus, translated
from stockbot.runtime.settings import is_loopback

TIMEOUT_SECONDS = 3.0
LONGEST_REASON = 1000
SCANNED_AT_ONCE = 500
ALIVE = alive_key("")


class Target(Struct, frozen=True):
    """A service that can be asked; `name` is that of its document on a cluster, and of its type on a laptop."""

    name: str
    type: str
    url: str


class Check(Struct, frozen=True):
    name: str
    ok: bool
    reason: str | None = None


class Readiness(Struct, frozen=True):
    ready: bool
    checks: tuple[Check, ...] = ()


def targets_of(endpoints: Mapping[str, str], *, leave_out: str) -> tuple[Target, ...]:
    """Every service of the endpoints but this one."""
    return tuple(Target(name_of(kind, url), kind, url) for kind, url in sorted(endpoints.items()) if kind != leave_out)


def name_of(kind: str, url: str) -> str:
    """The first part of the host where that names a service, else the type in the form of a name."""
    host = urlsplit(url).hostname or ""
    first = host.partition(".")[0]
    if is_loopback(host) or not first.replace("-", "").isalnum() or first[:1].isdigit() or ":" in host:
        return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("-")
    return first


async def look_at(targets: Iterable[Target], client: httpx.AsyncClient) -> list[Sighting]:
    """Ask all of them at the same time whether they are ready."""
    return list(await asyncio.gather(*(_ask(target, client) for target in targets)))


async def alive_sources(bus: Bus) -> set[str]:
    """The services and shards whose alive key is there; raises BusUnavailable."""
    found: set[str] = set()
    cursor = 0
    with translated():
        while True:
            cursor, keys = await bus.commands.scan(cursor, match=f"{ALIVE}*", count=SCANNED_AT_ONCE)
            found.update(key.decode(errors="replace").removeprefix(ALIVE) for key in keys)
            if cursor == 0:
                return found


def with_alive_keys(
    sightings: Sequence[Sighting], alive: set[str] | None, known: Iterable[str], *, leave_out: str
) -> list[Sighting]:
    """The sightings with what the keys say; `known` are all sources ever seen, `alive` None: nobody can tell.

    A source of a service that nobody asks over HTTP, such as a second shard, is a sighting of its own.
    """
    if alive is None:
        return list(sightings)
    by_name = {sighting.name: sighting for sighting in sightings}
    for source in sorted({*known, *alive}):
        name, _, shard = source.partition("/")
        if name == leave_out:
            continue
        asked = by_name.get(name) if shard in ("", "0") else None
        key = source if asked is None else name
        before = asked or Sighting(name=source, type="")
        by_name[key] = _with_key(before, is_alive=source in alive)
    return list(by_name.values())


async def _ask(target: Target, client: httpx.AsyncClient) -> Sighting:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer = await client.get(f"{target.url}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        words = (
            "does not answer in time"
            if isinstance(error, TimeoutError | httpx.TimeoutException)
            else "cannot be reached"
        )
        return _sighting(target, ready=False, reason=f"It {words} at {target.url}.")
    return _read(target, answer)


def _read(target: Target, answer: httpx.Response) -> Sighting:
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
        return _sighting(target, ready=False, reason=f"It answers with HTTP {answer.status_code} at {target.url}.")
    try:
        said = msgspec.json.decode(answer.content, type=Readiness)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _sighting(target, ready=False, reason=f"What answers at {target.url} is no service of Stockbot.")
    failing = [check for check in said.checks if not check.ok]
    words = "; ".join(f"{check.name}: {check.reason or 'not said why'}" for check in failing)
    reason = "" if said.ready else f"It says that it is not ready: {words or 'without a reason'}."
    return _sighting(target, ready=said.ready, reason=reason, failing=tuple(check.name for check in failing))


def _sighting(target: Target, *, ready: bool, reason: str, failing: tuple[str, ...] = ()) -> Sighting:
    return Sighting(
        name=target.name, type=target.type, url=target.url, ready=ready, reason=reason[:LONGEST_REASON], failing=failing
    )


def _with_key(before: Sighting, *, is_alive: bool) -> Sighting:
    words = before.reason if is_alive else f"{before.reason} Its heartbeat on the bus has stopped.".strip()
    return msgspec.structs.replace(before, alive=is_alive, reason=words)

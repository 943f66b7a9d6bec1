"""The floor of a chain of services: processes that hand one event on, each after durable commits of its own.

A hop reads from a stream with the same client, commits as often as the service in its place does on its critical path,
and appends to the next stream. All hops share one SQLite file with `synchronous=FULL`, as the services do.
"""

import asyncio
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from stockbot.codec import encode
from stockbot.events.streams import FIELD
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import connect
from stockbot.testing import events

WARM_UP = 20


def latencies(commits: Sequence[int], *, count: int) -> list[float]:
    """Seconds from the first append to the last read, sorted, for a chain of hops with so many commits each."""
    with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder)) as server:
        url, file = server.url.get_secret_value(), f"{folder}/chain.db"
        _prepare(file)
        context = multiprocessing.get_context("spawn")
        hops = [
            context.Process(target=_hop, args=(url, file, place, commits_here), daemon=True)
            for place, commits_here in enumerate(commits)
        ]
        for hop in hops:
            hop.start()
        found = asyncio.run(_measure(url, len(commits), count))
        for hop in hops:
            hop.kill()
            hop.join()
    return sorted(found)


def _prepare(file: str) -> None:
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE effects (number INTEGER PRIMARY KEY, event BLOB)")


def _hop(url: str, file: str, place: int, commits: int) -> None:
    asyncio.run(_hand_on(url, file, place, commits))


async def _hand_on(url: str, file: str, place: int, commits: int) -> None:
    reader, writer, at = connect(url, blocking=True), connect(url), b"0-0"
    database = sqlite3.connect(file, isolation_level=None, timeout=10)
    database.execute("PRAGMA synchronous=FULL")
    while True:
        for _, entries in await reader.xread({_stream(place): at}, count=100, block=1000):
            for entry_id, fields in entries:
                at = entry_id
                if fields is not None:
                    _commit(database, fields[FIELD], commits)
                    await writer.xadd(_stream(place + 1), fields)


def _commit(database: sqlite3.Connection, event: bytes, times: int) -> None:
    for _ in range(times):
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO effects (event) VALUES (?)", (event,))
        database.execute("COMMIT")


async def _measure(url: str, hops: int, count: int) -> list[float]:
    """One event in flight at a time."""
    writer, reader, at = connect(url), connect(url, blocking=True), b"0-0"
    document, found = encode(events.service_alert(1)), []
    for _ in range(WARM_UP + count):
        started = time.perf_counter()
        await writer.xadd(_stream(0), {FIELD: document})
        arrived = False
        while not arrived:
            for _, entries in await reader.xread({_stream(hops): at}, count=10, block=1000):
                at, arrived = entries[-1][0], True
        found.append(time.perf_counter() - started)
    await writer.aclose()
    await reader.aclose()
    return found[WARM_UP:]


def _stream(place: int) -> str:
    return f"chain:{place}"

"""The whole service as a process: broken and hanging strategies, start and stop, warming up, gaps, shards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.services.strategy_orchestrator.test_own_strategies import GOOD
from tests.services.strategy_orchestrator.world import (
    MINUTE,
    SYMBOLS,
    TRADER,
    TREND,
    World,
    document,
    strategy,
    world,
)

from stockbot.codec import decode_entry
from stockbot.events.alerts import ServiceAlert
from stockbot.events.streams import ALERTS
from stockbot.events.trading import Side
from stockbot.model.sharding import shard_of
from stockbot.strategy_orchestrator import store
from stockbot.strategy_orchestrator.strategy_thread import HUNG
from stockbot.testing.clock import START
from stockbot.testing.databases import sqlite_url
from stockbot.testing.gateway_process import GatewayProcess

HANGS = GOOD.replace("        return [Target", "        while True:\n            pass\n        return [Target")
RAISES = GOOD.replace(
    "        return [Target", "        raise RuntimeError(f'no idea at {bar.close:.0f}'[:7])\n        return [Target"
)
MISTYPED = GOOD.replace('[Target(fraction=1.0, reason="always long")]', "[1.0]")
HANGING_FILE = "while True:\n    pass\n"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "world", sqlite_url(tmp_path)) as here:
        yield here


def own(here: World, **files: str) -> dict[str, Any]:
    """The document's word on a folder of one's own strategies, with these files in it."""
    folder = here.folder / "own"
    folder.mkdir(exist_ok=True)
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    return {"strategiesFrom": {"folder": str(folder)}}


@asynccontextmanager
async def started(process: GatewayProcess) -> AsyncIterator[GatewayProcess]:
    process.start()
    try:
        await process.until("/healthz", lambda answer: answer.status_code == 200)
        yield process
    finally:
        await process.close()


async def ask(process: GatewayProcess, path: str, token: str = TRADER, **body: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=process.url, headers=headers, trust_env=False, timeout=30) as client:
        return await (client.post(path, json=body) if body else client.get(path))


async def again(process: GatewayProcess) -> None:
    """Start it once more after its end."""
    await process.close()
    process.start()


async def state_of(process: GatewayProcess, name: str) -> str:
    try:
        answer = await ask(process, f"/api/v1/strategies/{name}")
    except httpx.TransportError:
        return "away"
    return str(answer.json().get("state", answer.json().get("detail")))


async def is_in(here: World, process: GatewayProcess, name: str, state: str) -> None:
    async def holds() -> bool:
        return await state_of(process, name) == state

    await here.until(holds)


async def reason_of(process: GatewayProcess, name: str) -> str:
    return str((await ask(process, f"/api/v1/strategies/{name}")).json()["reason"])


async def alerts(here: World) -> list[tuple[str, bool]]:
    entries = await here.bus.commands.xrange(ALERTS)
    events = [decode_entry(fields or {}) for _, fields in entries]
    return [(event.data.fingerprint, event.data.resolved) for event in events if isinstance(event, ServiceAlert)]


async def until_alerted(here: World, *expected: tuple[str, bool]) -> None:
    async def holds() -> bool:
        return await alerts(here) == list(expected)

    await here.until(holds)


async def market(here: World, minutes: int) -> None:
    """Let so many minutes of the market pass, a little slower than the process can follow."""
    for _ in range(minutes * 4):
        await here.step()
        await asyncio.sleep(0.02)


async def signalled(here: World, strategy: str, symbol: str | None = None) -> list[store.SignalItem]:
    found = await here.database.read(lambda c: store.signals(c, limit=10_000, strategy=strategy))
    return [item for item in found if symbol in {None, item.signal.symbol}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RAISES, "RuntimeError: no idea (own.py, line "),
        (MISTYPED, "Own answered with float: on_bar and on_quote return a sequence of Target"),
    ],
)
async def test_a_strategy_that_breaks_has_failed_and_the_others_run(here: World, text: str, reason: str) -> None:
    """The reason is told by the API and by an alert, and the strategy beside it signals."""
    path = document(here.folder, [TREND, strategy("mine", "own:Own")], **own(here, own=text))
    async with started(here.process(path)) as process:
        await is_in(here, process, "mine", "FAILED")
        assert (await reason_of(process, "mine")).startswith(reason)
        await until_alerted(here, ("strategy-failed/mine/0", False))
        await is_in(here, process, "trend", "RUNNING")
        await market(here, 5)
        assert await signalled(here, "trend")
        assert await signalled(here, "mine") == []
        assert "mine" in (await process.get("/readyz")).text


@pytest.mark.parametrize(
    ("entry", "files", "reason"),
    [
        (strategy("mine", "bad:Own"), {"bad": "def broken(:"}, "bad.py was not loaded: SyntaxError"),
        (strategy("mine", "MovingAverageCros"), {}, "did you mean MovingAverageCross?"),
        (strategy("mine", "MovingAverageCross", parameters={"fast": 0}), {}, "parameter fast is '0', but must be"),
    ],
)
async def test_a_strategy_that_cannot_be_loaded_has_failed(
    here: World, entry: dict[str, Any], files: dict[str, str], reason: str
) -> None:
    """A wrong file, class or parameter costs its own strategy only."""
    path = document(here.folder, [TREND, entry], **own(here, **files))
    async with started(here.process(path)) as process:
        await is_in(here, process, "trend", "RUNNING")
        await is_in(here, process, "mine", "FAILED")
        assert reason in await reason_of(process, "mine")
        answer = await ask(process, "/api/v1/strategies/mine/start", reason="again")
        assert answer.status_code == 202
        await until_alerted(
            here,
            *[("strategy-failed/mine/0", False), ("strategy-failed/mine/0", True), ("strategy-failed/mine/0", False)],
        )


async def ends(process: GatewayProcess) -> int:
    return await asyncio.to_thread(process.process.wait, 60)


async def test_a_strategy_that_hangs_ends_the_process_and_is_left_out(here: World) -> None:
    """The exit code is its own; the next process runs without it, and a person's start tries it again."""
    path = document(here.folder, [TREND, strategy("mine", "own:Own")], **own(here, own=HANGS))
    process = here.process(path, STOCKBOT_STRATEGY_SECONDS="0.5")
    async with started(process):
        await _publish_until_it_ends(here, process)
        assert await ends(process) == HUNG
        await again(process)
        await is_in(here, process, "trend", "RUNNING")
        assert await state_of(process, "mine") == "FAILED"
        assert await reason_of(process, "mine") == "hung: it took more than 0.5 s for one bar, quote or answer"
        await until_alerted(here, ("strategy-failed/mine/0", False))
        await market(here, 3)
        assert await signalled(here, "trend")
        (here.folder / "own" / "own.py").write_text(GOOD)
        await process.stop()
        await again(process)
        await is_in(here, process, "mine", "RUNNING")
        await until_alerted(here, ("strategy-failed/mine/0", False), ("strategy-failed/mine/0", True))


async def _publish_until_it_ends(here: World, process: GatewayProcess) -> None:
    async def has_ended() -> bool:
        return not process.is_running()

    await here.until(has_ended)


async def test_a_file_that_hangs_ends_the_process_and_is_left_out(here: World) -> None:
    """Its strategies have failed, and the service comes up without it."""
    path = document(here.folder, [TREND, strategy("mine", "own:Own")], **own(here, own=HANGING_FILE))
    process = here.process(path, STOCKBOT_STRATEGY_SECONDS="0.5")
    async with started(process):
        assert await ends(process) == HUNG
        await again(process)
        await is_in(here, process, "trend", "RUNNING")
        assert "own.py was not loaded: it hung while it was loaded" in await reason_of(process, "mine")


async def test_a_stopped_strategy_stays_stopped(here: World) -> None:
    """Who stopped it and why survives a restart; started again it warms up and signals nothing of the meantime."""
    process = here.process(document(here.folder, [strategy("trend", "MovingAverageCross", ["AAPL"])]))
    async with started(process):
        await is_in(here, process, "trend", "RUNNING")
        assert (await ask(process, "/api/v1/strategies/trend/stop", "sbt_viewer", reason="no")).status_code == 403
        answer = (await ask(process, "/api/v1/strategies/trend/stop", reason="lunch")).json()
        assert (answer["desired"], answer["changed_by"], answer["changed_because"]) == ("stopped", "ann", "lunch")
        await is_in(here, process, "trend", "STOPPED")
        before = len(await signalled(here, "trend"))
        await process.stop()
        await again(process)
        await is_in(here, process, "trend", "STOPPED")
        await market(here, 10)
        assert len(await signalled(here, "trend")) == before
        back = here.market.now
        await ask(process, "/api/v1/strategies/trend/start", reason="back")
        await is_in(here, process, "trend", "RUNNING")
        await market(here, 3)
        assert all(item.signal.valid_until > back for item in (await signalled(here, "trend"))[before:])


async def test_its_numbers_are_shown(here: World) -> None:
    """Signals by strategy and intent as they are committed, and 1 for the state that each strategy is in."""
    strategies = [strategy("mine", "Own"), strategy("lost", "NoSuchClass")]
    process = here.process(document(here.folder, strategies, **own(here, mine=GOOD)))
    async with started(process):
        await is_in(here, process, "lost", "FAILED")
        await is_in(here, process, "mine", "RUNNING")

        async def are_shown() -> bool:
            text = (await process.get("/metrics")).text
            signalled = 'stockbot_signals_total{intent="target",strategy="mine"}' in text
            return signalled and 'stockbot_strategy_state{state="RUNNING",strategy="mine"} 1.0' in text

        await here.until(are_shown)
        lines = (await process.get("/metrics")).text.splitlines()
    states = [line for line in lines if line.startswith("stockbot_strategy_state{") and line.endswith(" 1.0")]
    assert sorted(states) == [
        'stockbot_strategy_state{state="FAILED",strategy="lost"} 1.0',
        'stockbot_strategy_state{state="RUNNING",strategy="mine"} 1.0',
    ]


async def test_a_paused_strategy_learns_and_signals_nothing(here: World) -> None:
    """It goes on at once when it is started again, for it has seen every bar."""
    mine = strategy("mine", "own:Own", ["AAPL"])
    process = here.process(document(here.folder, [mine], **own(here, own=GOOD)))
    async with started(process):
        await is_in(here, process, "mine", "RUNNING")
        await ask(process, "/api/v1/strategies/mine/pause", reason="wait")
        await is_in(here, process, "mine", "PAUSED")
        before = len(await signalled(here, "mine"))
        await market(here, 6)
        assert len(await signalled(here, "mine")) == before
        await ask(process, "/api/v1/strategies/mine/start", reason="go")
        await is_in(here, process, "mine", "RUNNING")
        await market(here, 3)
        assert len(await signalled(here, "mine")) > before


async def test_without_history_nothing_is_signalled(here: World) -> None:
    """While the gateway does not answer the strategy warms up and says why; then it goes on by itself."""
    here.gateway.stop()
    process = here.process(document(here.folder, [TREND]))
    async with started(process):
        await is_in(here, process, "trend", "WARMING")
        await market(here, 10)
        assert await signalled(here, "trend") == []
        detail = (await ask(process, "/api/v1/strategies/trend")).json()
        assert "gateway" in (await process.get("/readyz")).text
        assert [run["symbol"] for run in detail["runs"]] == list(SYMBOLS)
        here.gateway.start()
        await is_in(here, process, "trend", "RUNNING")
        await market(here, 5)
        assert await signalled(here, "trend")


async def test_a_gap_in_the_ticks_is_filled_from_the_gateway(here: World) -> None:
    """Ten minutes without ticks: the bars of that time are asked for, and none is missing to the strategy."""
    mine = strategy("mine", "own:Own", ["AAPL"])
    process = here.process(document(here.folder, [mine], **own(here, own=GOOD)))
    async with started(process):
        await is_in(here, process, "mine", "RUNNING")
        await market(here, 2)
        bars = (await ask(process, "/api/v1/strategies/mine")).json()["runs"][0]["bars"]
        begun = here.market.now
        here.market.number += 40
        here.market.sequence += 40

        async def is_filled() -> bool:
            run = (await ask(process, "/api/v1/strategies/mine")).json()["runs"][0]
            return bool(run["bars"] == bars + (here.market.now - START) // MINUTE - (begun - START) // MINUTE)

        await here.until(is_filled)


async def test_stale_prices_make_no_signal(here: World) -> None:
    """A strategy that always wants to be long is silent while its prices are stale."""
    mine = strategy("mine", "own:Own", ["AAPL"])
    process = here.process(document(here.folder, [mine], **own(here, own=GOOD)))
    async with started(process):
        await is_in(here, process, "mine", "RUNNING")
        await market(here, 3)
        before = len(await signalled(here, "mine"))
        assert before
        here.market.stale = True
        await market(here, 6)
        here.market.stale = False
        await market(here, 6)
        later = [item for item in await signalled(here, "mine") if not item.signal.quotes]
        assert all(not quote.stale for item in await signalled(here, "mine") for quote in item.signal.quotes)
        assert len(later) == 0


async def test_two_shards_signal_what_one_does(tmp_path: Path) -> None:
    """Each symbol is decided by one of them, and the same is decided."""
    found = []
    for replicas in (1, 2):
        async with world(tmp_path / str(replicas), f"sqlite:///{tmp_path}/{replicas}.db") as here:
            found.append(await _signals_of(here, replicas))
    assert found[0] == found[1]
    assert {shard_of(symbol, 2) for _, symbol, _, _ in found[0]} == {0, 1}


async def _signals_of(here: World, replicas: int) -> set[tuple[str, str, Side | None, Decimal | None]]:
    path = document(here.folder, [TREND], replicas=replicas)
    shards = [here.process(path, shard) for shard in range(replicas)]
    for shard in shards:
        shard.start()

    async def are_at(minutes: float) -> bool:
        try:
            progress = await here.database.read(store.progress)
        except Exception:  # noqa: BLE001 - there are no tables yet
            return False
        return len(progress) == len(SYMBOLS) and all(
            not each.waiting and here.market.now - each.decided_until <= minutes * MINUTE for each in progress.values()
        )

    try:
        await here.until(lambda: are_at(1))
        for _ in range(120):
            await here.step()
            await here.until(lambda: are_at(1.5))
        await here.until(lambda: are_at(0.5))
        items = await signalled(here, "trend")
    finally:
        for shard in shards:
            await shard.close()
    return {(item.id, item.signal.symbol, item.signal.side, item.signal.quantity) for item in items}

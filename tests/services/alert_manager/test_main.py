"""The whole service as a process: alerts from the bus, messages to people, and what it says when others are silent."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from tests.services.alert_manager.alert_process import Producer, Watchable, matter, process, producer, until_true
from tests.services.alert_manager.receivers import mailbox, webhook

from stockbot.events.alerts import Severity
from stockbot.events.streams import alive_key
from stockbot.testing.bus import SERVERS
from stockbot.testing.databases import sqlite_url
from stockbot.testing.fake_service import running
from stockbot.testing.service_process import until

RESIDENT_BYTES = 110 * 2**20


@pytest.fixture
async def alarms(bus_servers: Callable[[str], str], tmp_path: Path) -> AsyncIterator[Producer]:
    async with producer(bus_servers(SERVERS[0]), sqlite_url(tmp_path)) as made:
        await made.bus.commands.flushdb()
        yield made


@pytest.fixture
def place(bus_servers: Callable[[str], str], tmp_path: Path) -> dict[str, object]:
    return {"folder": tmp_path, "bus_url": bus_servers(SERVERS[0]), "database_url": sqlite_url(tmp_path)}


async def test_from_an_alert_to_people_and_to_its_end(alarms: Producer, place: dict[str, object]) -> None:
    """One alert reaches a webhook and a mailbox once; its end is told; a person's acknowledgement is kept."""
    async with webhook() as hook:
        with mailbox() as box, process(**place, channels={"hook": hook.url, "mail": box.url}) as manager:
            await manager.until_ready()
            await alarms.tell(matter("stale", severity=Severity.CRITICAL))
            await until_true(lambda: bool(hook.taken and box.mails), "two messages")
            (item,) = await manager.items("alerts?state=open")
            assert (item["title"], item["count"], item["source"]) == ("matter <stale>", 1, "market-data-gateway/0")
            async with manager.client() as client:
                acknowledged = (
                    await client.post(f"/api/v1/alerts/{item['alert_id']}/ack", json={"note": "on it"})
                ).json()
            assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", "anna")
            await alarms.tell(matter("stale", resolved=True))
            await until_true(lambda: len(hook.taken) == 2 and len(box.mails) == 2, "two more")
            assert hook.titles == ["[CRITICAL] matter <stale>", "[RESOLVED] matter <stale>"]

            async def has_receipts() -> bool:
                (over,) = await manager.items("alerts?state=resolved")
                return [one["state"] for one in over["deliveries"]] == ["delivered"] * 4

            await until(has_receipts, "four receipts")
        assert "s3cr3t" not in manager.log.read_text()


async def test_a_service_that_has_gone_quiet_and_comes_back(alarms: Producer, place: dict[str, object]) -> None:
    """Not ready for too long is a critical alert with the reasons; its heartbeat alone is watched as well."""
    service = Watchable()
    with running(service):
        async with webhook() as hook:
            ends = {"RiskGuardian": service.url}
            shard = alive_key("strategy-orchestrator/1")
            await alarms.bus.commands.set(shard, b"1")
            quick = {"QUIET_SECONDS": "2"}
            with process(**place, channels={"hook": hook.url}, endpoints=ends, environment=quick) as manager:
                await manager.until_ready()

                async def shard_is_seen() -> bool:
                    return "strategy-orchestrator/1" in {one["name"] for one in await manager.items("services")}

                await until(shard_is_seen, "a heartbeat")
                await alarms.bus.commands.delete(shard)
                service.not_ready = "the prices are old"
                await until_true(lambda: "risk-guardian has gone quiet" in hook.text, "an alert about one")
                await until_true(lambda: "strategy-orchestrator/1 has gone quiet" in hook.text, "and the other")
                details = [one["detail"] for one in await manager.items("alerts")]
                assert any("providers: the prices are old" in detail for detail in details)
                seen = {one["name"]: one for one in await manager.items("services")}
                assert (seen["risk-guardian"]["ready"], seen["bus"]["ready"], seen["database"]["ready"]) == (
                    False,
                    True,
                    True,
                )
                service.not_ready = None
                await until_true(lambda: "[RESOLVED] risk-guardian has gone quiet" in hook.text, "its end")


async def test_a_channel_without_its_secret_stops_nothing_else(alarms: Producer, place: dict[str, object]) -> None:
    """It is shown with the reason, and the other channel delivers."""
    async with webhook() as hook:
        with process(**place, channels={"hook": hook.url, "phone": ""}) as manager:
            await manager.until_ready()
            await alarms.tell(matter("stale"))
            await until_true(lambda: bool(hook.taken), "a message")
            shown = {one["name"]: one for one in await manager.items("channels")}
            async with manager.client() as client:
                tested = (await client.post("/api/v1/channels/phone/test")).json()
                asked = (await client.post("/api/v1/channels/hook/test")).json()
                notes = (await client.get("/readyz")).json()["degraded"]
            assert "STOCKBOT_SECRET_CHANNELS_PHONE" in shown["phone"]["last_error"]
            assert (shown["hook"]["kind"], shown["hook"]["last_error"]) == ("json", None)
            assert (tested["delivered"], asked) == (False, {"delivered": True, "reason": ""})
            assert "channels" in {note["name"] for note in notes}
            assert hook.titles[-1] == "[TEST] Stockbot"


async def test_it_stays_small_and_stops_properly(place: dict[str, object]) -> None:
    """It fits into a service's 110 MiB, its dead man's switch moves, and SIGTERM ends it with exit code 0."""
    import psutil  # noqa: PLC0415 - for this test alone

    with process(**place) as manager:
        await manager.until_ready()
        async with manager.client() as client:
            first = await watchdog_of(client)

            async def has_moved() -> bool:
                return await watchdog_of(client) > first

            await until(has_moved, "a watchdog that moves")
        (child,) = psutil.Process(manager.process.pid).children() or [psutil.Process(manager.process.pid)]
        assert child.memory_info().rss < RESIDENT_BYTES
        manager.process.terminate()
        assert manager.process.wait(30) == 0


async def watchdog_of(client: httpx.AsyncClient) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("stockbot_watchdog_timestamp_seconds "))

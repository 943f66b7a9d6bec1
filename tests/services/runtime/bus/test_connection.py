"""The seam to the client: its errors become ours, and nothing is retried behind our back."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from redis import exceptions

from stockbot.errors import ConfigurationError
from stockbot.events.streams import ALERTS
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import Bus, BusUnavailable, connect, publish, translated
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing.events import service_alert


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ConnectionError("refused"),
        exceptions.TimeoutError("slow"),
        exceptions.BusyLoadingError("LOADING reading the snapshot"),
        exceptions.ReadOnlyError("READONLY you cannot write against a replica"),
        exceptions.OutOfMemoryError("OOM command not allowed"),
        exceptions.ResponseError("MISCONF no snapshot can be written"),
        exceptions.ResponseError("UNBLOCKED the stream was moved"),
        OSError("network is unreachable"),
    ],
)
async def test_trouble_of_the_server_is_unavailable(error: Exception) -> None:
    """What another attempt can mend is one kind of error for everybody above."""
    with pytest.raises(BusUnavailable), translated():
        raise error


async def test_a_mistake_of_ours_stays_what_it_is() -> None:
    """A wrong command is not retried for ever as if the server were away."""
    with pytest.raises(exceptions.ResponseError, match="WRONGTYPE"), translated():
        raise exceptions.ResponseError("WRONGTYPE operation against a key of another kind")


def test_an_unusable_address_is_said() -> None:
    """A person reads what an address looks like."""
    with pytest.raises(ConfigurationError, match="redis://"):
        connect("http://localhost:6379")


def test_an_unusable_address_keeps_its_password() -> None:
    """An unescaped slash makes a part of the password look like the port."""
    with pytest.raises(ConfigurationError) as refused:
        connect("redis://:sesame/open@localhost:6379/0")
    assert "sesame" not in str(refused.value)
    assert refused.value.__suppress_context__


async def test_nothing_listens() -> None:
    """Without a server the bus says so, in words and in `trouble`, and recovers nothing by itself."""
    bus = Bus("redis://127.0.0.1:1/0", clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    with pytest.raises(BusUnavailable, match="does not answer"):
        await bus.check()
    assert bus.trouble is not None
    await bus.close()


async def test_commands_are_sent_once_and_in_resp2(bus: Bus) -> None:
    """A retried XADD would write twice, and blocking reads in RESP3 fail on Dragonfly."""
    for client in (bus.commands, bus.blocking()):
        settings = client.connection_pool.connection_kwargs
        assert settings["retry"]._retries == 0
        assert settings["protocol"] == 2
    assert bus.blocking().connection_pool.connection_kwargs["socket_timeout"] > 1


async def test_trouble_in_a_pipeline_is_trouble_as_well(own_bus_server: BusServer) -> None:
    """redis-py puts words of its own before the reply of a pipelined command."""
    bus = Bus(own_bus_server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    await bus.commands.execute_command("CONFIG", "SET", "min-replicas-to-write", "1")
    with pytest.raises(BusUnavailable, match="NOREPLICAS"):
        await publish(bus, ALERTS, [service_alert(1)])
    await bus.close()


async def test_one_tasks_trouble_breaks_no_others_command(bus: Bus) -> None:
    """Connections are dropped while other tasks send on theirs: they go on, or are told that the bus is away."""
    done = asyncio.Event()

    async def send() -> None:
        while not done.is_set():
            with translated():
                await bus.commands.hset("key", "field", b"x" * 20_000)

    sending = [asyncio.create_task(send()) for _ in range(8)]
    for _ in range(200):
        await bus.lost(BusUnavailable("demoted"))
        await asyncio.sleep(0)
    done.set()
    assert await asyncio.gather(*sending) == [None] * 8


async def test_a_cancelled_task_ends_wherever_its_command_stands(bus: Bus) -> None:
    """Cancelled between any two steps of a command, a loop that sends for ever is over at once."""

    async def send() -> None:
        while True:
            with translated():
                await bus.commands.ping()

    for steps in range(300):
        sending = asyncio.create_task(send())
        for _ in range(steps % 30):
            await asyncio.sleep(0)
        sending.cancel()
        done, _ = await asyncio.wait([sending], timeout=10)
        assert sending in done, f"it still runs after {steps % 30} steps"

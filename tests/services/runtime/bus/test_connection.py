"""The seam to the client: its errors become ours, and nothing is retried behind our back."""

import pytest
from prometheus_client import CollectorRegistry
from redis import exceptions

from stockbot.errors import ConfigurationError
from stockbot.runtime.bus import Bus, BusUnavailable, connect, translated
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics


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
def test_trouble_of_the_server_is_unavailable(error: Exception) -> None:
    """What another attempt can mend is one kind of error for everybody above."""
    with pytest.raises(BusUnavailable), translated():
        raise error


def test_a_mistake_of_ours_stays_what_it_is() -> None:
    """A wrong command is not retried for ever as if the server were away."""
    with pytest.raises(exceptions.ResponseError, match="WRONGTYPE"), translated():
        raise exceptions.ResponseError("WRONGTYPE operation against a key of another kind")


def test_an_unusable_address_is_said() -> None:
    """A person reads what an address looks like."""
    with pytest.raises(ConfigurationError, match="redis://"):
        connect("http://localhost:6379")


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

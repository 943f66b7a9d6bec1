"""The operator as it is put together."""

from typing import Any

from prometheus_client import CollectorRegistry

from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import FixedClock
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.connection import Connection
from stockbot_operator.kube.watch import SERVER_SECONDS
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.operator import Operator
from stockbot_operator.settings import OperatorSettings


def operator(clock: Any, **settings: Any) -> Operator:
    metrics = Metrics(CollectorRegistry())
    numbers = OperatorMetrics(metrics.registry)
    return Operator(
        settings=OperatorSettings(default_image="stockbot:1", **settings),
        client=Client(Connection(server="http://127.0.0.1:1"), numbers),
        clock=clock,
        metrics=metrics,
        numbers=numbers,
    )


def test_a_server_that_falls_silent_at_the_end_of_a_long_watch_is_no_reason_to_restart_us() -> None:
    """A watch may last five minutes, and be silent for two more before it is given up: until then all is well."""
    clock = FixedClock()
    liveness = Liveness(clock)
    operator(clock).register(Readiness(), liveness)
    clock.advance(SERVER_SECONDS[1] + 120)
    assert liveness.is_alive()
    clock.advance(120)
    assert not liveness.is_alive()

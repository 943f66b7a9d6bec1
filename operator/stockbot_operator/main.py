"""The composition root of the operator: settings in, a program out."""

import os

from prometheus_client import CollectorRegistry

from stockbot.runtime.clock import SystemClock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.logs import configure_logging
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import Program, run
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.connection import find_connection
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.operator import Operator
from stockbot_operator.settings import OperatorSettings
from stockbot_operator.web import site

NAME = "operator"


def main(settings: OperatorSettings) -> int:
    """Run the operator until a signal ends it; the exit code."""
    return run(lambda: build(settings))


def build(settings: OperatorSettings) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    configure_logging(service=NAME, shard=0, log_format=settings.log_format, level=settings.log_level)
    clock, metrics = SystemClock(), Metrics(CollectorRegistry())
    readiness, liveness = Readiness(), Liveness(clock)
    numbers = OperatorMetrics(metrics.registry)
    connection = find_connection(settings.kubeconfig, settings.context, os.environ)
    client = Client(connection, numbers, seconds=settings.request_seconds)
    operator = Operator(settings=settings, client=client, clock=clock, metrics=metrics, numbers=numbers)
    operator.register(readiness, liveness)
    metrics.name_build(NAME)
    return Program(
        name=NAME,
        app=site(readiness, liveness, metrics),
        host=settings.host,
        port=settings.port,
        clock=clock,
        metrics=metrics,
        liveness=liveness,
        background=tuple(operator.loops()),
        on_stop=(operator.stop,),
    )

"""The composition root of the operator: settings in, a program out."""

import os
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry

from stockbot.errors import ConfigurationError
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.kubernetes import Connection, kubeconfig_of, of_kubeconfig, of_pod
from stockbot.runtime.kubernetes.connection import is_in_pod
from stockbot.runtime.logs import configure_logging
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import Program, run
from stockbot_operator.kube.client import Client
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
    client = Client(connection_of(settings, os.environ), numbers, seconds=settings.request_seconds)
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


def connection_of(settings: OperatorSettings, environment: Mapping[str, str]) -> Connection:
    """Use the kubeconfig or context that is named, else the pod's account, else the person's kubeconfig."""
    if settings.kubeconfig is None and settings.context is None and is_in_pod(environment):
        return of_pod(environment)
    kubeconfig = settings.kubeconfig or kubeconfig_of(environment, Path.home())
    if kubeconfig is None:
        raise ConfigurationError("there is no kubeconfig: name one with --kubeconfig or KUBECONFIG")
    connection = of_kubeconfig(kubeconfig, settings.context)
    if connection.tls_name is not None:
        raise ConfigurationError(
            f"{kubeconfig}: the operator's watch knows no tls-server-name; name the server as its certificate does"
        )
    return connection

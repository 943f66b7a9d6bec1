"""The ServiceMonitor that has Prometheus scrape the service, where the cluster knows that kind. Pure."""

from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.kube.kinds import SERVICE_MONITORS


def service_monitor(blueprint: Blueprint) -> Manifest:
    spec = {
        "selector": {"matchLabels": blueprint.selector},
        "endpoints": [{"port": "http", "path": "/metrics"}],
    }
    return {**blueprint.manifest(SERVICE_MONITORS, blueprint.name), "spec": spec}

"""The Service: the address of a TradingService, whether its pods are ready or not. Pure.

A service that may not trade must still take HALT and cancels, so addresses that are not ready are published.
"""

from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.kube.kinds import SERVICES


def service(blueprint: Blueprint) -> Manifest:
    spec = {
        "selector": blueprint.selector,
        "ports": [{"name": "http", "port": blueprint.port, "targetPort": "http", "protocol": "TCP"}],
        "publishNotReadyAddresses": True,
    }
    return {**blueprint.manifest(SERVICES, blueprint.name), "spec": spec}

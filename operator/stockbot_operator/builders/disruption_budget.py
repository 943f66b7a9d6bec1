"""The PodDisruptionBudget of a service with several shards: one at a time, and never a blocked drain. Pure."""

from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.kube.kinds import DISRUPTION_BUDGETS


def disruption_budget(blueprint: Blueprint) -> Manifest | None:
    """None for a single pod: a budget for it could only ever block."""
    if blueprint.spec.replicas == 1:
        return None
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",  # a pod that does not work anyway holds no node up
        "selector": {"matchLabels": blueprint.selector},
    }
    return {**blueprint.manifest(DISRUPTION_BUDGETS, blueprint.name), "spec": spec}

"""Everything that a cluster holds, by kind, namespace and name: to see what an uninstall leaves behind."""

import json
from typing import Any

from tests.cluster.cluster import Cluster

PASSING = ("events", "endpoints", "endpointslices", "componentstatuses")  # they come and go by themselves
CLUSTERS_OWN = ("kube-system", "kube-node-lease", "kube-public")


def everything(cluster: Cluster) -> set[str]:
    """Name all objects as `Kind/namespace/name`, but for what the cluster itself is busy with."""
    listed = cluster.kubectl("api-resources", "--verbs=list", "--output=name").split()
    kinds = ",".join(kind for kind in listed if kind.partition(".")[0] not in PASSING)
    found = json.loads(cluster.kubectl("get", kinds, "--all-namespaces", "--ignore-not-found", "--output=json"))
    items = (item for item in found["items"] if item["metadata"].get("namespace") not in CLUSTERS_OWN)
    return {identity(item) for item in items}


def identity(item: dict[str, Any]) -> str:
    return "/".join((item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]))


def of_namespace(namespace: str) -> set[str]:
    """What Kubernetes itself keeps in every namespace."""
    return {
        f"Namespace//{namespace}",
        f"ServiceAccount/{namespace}/default",
        f"ConfigMap/{namespace}/kube-root-ca.crt",
    }

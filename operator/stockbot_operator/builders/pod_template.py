"""The pod template of one shard. A change of what this makes restarts every pod: a golden test holds it. Pure."""

from typing import Any

from stockbot_operator.builders import environment as variables
from stockbot_operator.builders.blueprint import Blueprint, Manifest, pruned
from stockbot_operator.builders.config_map import FILE, config_map_name
from stockbot_operator.names import (
    CONFIGURATION,
    RESTARTED_AT,
    SECRETS_HASH,
    SHARD,
    SHARDS,
    TOKENS_FILE_KEY,
    TOKENS_SECRET,
)
from stockbot_operator.references import strategies_config_map

DOCUMENT_FOLDER = "/etc/stockbot/service"
AUTHORITIES_FOLDER, AUTHORITIES_FILE = "/etc/stockbot/authorities", "ca.pem"
SECONDS_AFTER_DRAIN = 15  # for the rest of an orderly stop
HOSTNAME = "kubernetes.io/hostname"


def pod_template(blueprint: Blueprint, shard: int) -> Manifest:
    own = blueprint.spec.pod_metadata
    labels = {**own.labels, **blueprint.labels, SHARD: str(shard), SHARDS: str(blueprint.spec.replicas)}
    annotations = {
        **own.annotations,
        CONFIGURATION: config_map_name(blueprint),
        SECRETS_HASH: blueprint.secrets_hash,
        RESTARTED_AT: blueprint.restarted_at,
    }
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": _pod(blueprint, shard)}
    return dict(pruned(template))


def _pod(blueprint: Blueprint, shard: int) -> dict[str, Any]:
    spec, scheduling = blueprint.spec, blueprint.spec.scheduling
    return {
        "serviceAccountName": blueprint.account_name,
        "automountServiceAccountToken": None if spec.service_account_name else False,
        "enableServiceLinks": False,  # dozens of variables that nobody reads
        "terminationGracePeriodSeconds": spec.rollout.drain_timeout_seconds + SECONDS_AFTER_DRAIN,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "imagePullSecrets": [{"name": secret.name} for secret in spec.image_pull_secrets],
        "nodeSelector": scheduling.node_selector,
        "tolerations": [
            one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in scheduling.tolerations
        ],
        "affinity": scheduling.affinity and scheduling.affinity.model_dump(mode="json", by_alias=True),
        "priorityClassName": scheduling.priority_class_name,
        "topologySpreadConstraints": _spread(blueprint),
        "containers": [_container(blueprint, shard)],
        "volumes": [volume for volume, _ in _mounts(blueprint)],
    }


def _container(blueprint: Blueprint, shard: int) -> dict[str, Any]:
    return {
        "name": "service",
        "image": blueprint.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["stockbot", "serve", f"{DOCUMENT_FOLDER}/{FILE}"],
        "env": variables.environment(blueprint, shard),
        "ports": [{"name": "http", "containerPort": blueprint.port, "protocol": "TCP"}],
        "resources": blueprint.spec.resources.model_dump(mode="json", by_alias=True, exclude_none=True),
        "startupProbe": _probe("/healthz", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/healthz", periodSeconds=10, failureThreshold=3),
        "readinessProbe": _probe("/readyz", periodSeconds=5, failureThreshold=2),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [mount for _, mount in _mounts(blueprint)],
    }


def _probe(path: str, **times: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 3, **times}


def _mounts(blueprint: Blueprint) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each volume with its mount; only two empty folders can be written to."""
    tokens = {"secretName": TOKENS_SECRET, "items": [{"key": TOKENS_FILE_KEY, "path": TOKENS_FILE_KEY}]}
    found = [
        _mount("service", DOCUMENT_FOLDER, configMap={"name": config_map_name(blueprint)}),
        _mount("tokens", variables.TOKENS_FOLDER, secret=tokens),
        _mount("state", variables.STATE_FOLDER, emptyDir={}),
        _mount("temporary", "/tmp", emptyDir={}),  # noqa: S108 - the pod's own
    ]
    authorities = blueprint.spec.authorities
    if authorities is not None:
        items = [{"key": authorities.secret_ref.key, "path": AUTHORITIES_FILE}]
        secret = {"secretName": authorities.secret_ref.name, "items": items}
        found.append(_mount("authorities", AUTHORITIES_FOLDER, secret=secret))
    strategies = strategies_config_map(blueprint.document)
    if strategies is not None:
        found.append(_mount("strategies", variables.STRATEGIES_FOLDER, configMap={"name": strategies}))
    return found


def _mount(name: str, folder: str, **source: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    mount = {"name": name, "mountPath": folder}
    return {"name": name, **source}, mount if "emptyDir" in source else {**mount, "readOnly": True}


def _spread(blueprint: Blueprint) -> list[dict[str, Any]]:
    """Spread as the document says; shards over nodes where it says nothing."""
    declared = [
        {"topologyKey": one.topology_key, "maxSkew": one.max_skew, "whenUnsatisfiable": one.when_unsatisfiable.value}
        for one in blueprint.spec.scheduling.topology_spread
    ]
    if not declared and blueprint.spec.replicas > 1:
        declared = [{"topologyKey": HOSTNAME, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}]
    return [{**one, "labelSelector": {"matchLabels": blueprint.selector}} for one in declared]

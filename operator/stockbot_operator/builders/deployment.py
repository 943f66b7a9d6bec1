"""One Deployment for each shard, of one pod. Pure.

Single writers and shards are recreated: the old pod ends before the new one starts, so no symbol has two owners for
longer than a lost node takes. A type's strategy never changes between releases: the server refuses the change.
"""

from collections.abc import Iterator

from stockbot.spec import ServiceType
from stockbot_operator.builders.blueprint import Blueprint, Manifest, hash_of
from stockbot_operator.builders.config_map import config_map_name
from stockbot_operator.builders.pod_template import pod_template
from stockbot_operator.kube.kinds import DEPLOYMENTS
from stockbot_operator.names import ACCOUNT, CONFIGURATION, GATEWAY_SHARDS, SHARD, TEMPLATE_HASH, deployment_name

DIGITS = 16
RECREATE = {"type": "Recreate"}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def deployments(blueprint: Blueprint) -> Iterator[Manifest]:
    for shard in range(blueprint.spec.replicas):
        yield deployment(blueprint, shard)


def deployment(blueprint: Blueprint, shard: int) -> Manifest:
    template = pod_template(blueprint, shard)
    manifest = blueprint.manifest(
        DEPLOYMENTS,
        deployment_name(blueprint.name, shard),
        annotations={
            TEMPLATE_HASH: hash_of(template, DIGITS),
            CONFIGURATION: config_map_name(blueprint),
            ACCOUNT: blueprint.account,
            GATEWAY_SHARDS: str(blueprint.gateway_shards),
        },
    )
    manifest["metadata"]["labels"] = {**blueprint.labels, SHARD: str(shard)}
    spec = {
        "replicas": 1 if blueprint.is_running else 0,
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": {**blueprint.selector, SHARD: str(shard)}},
        "strategy": ROLLING if blueprint.type is ServiceType.DASHBOARD else RECREATE,
        "template": template,
    }
    return {**manifest, "spec": spec}

"""The Ingress, where the document names a host. Pure."""

from stockbot_operator.builders.blueprint import Blueprint, Manifest, pruned
from stockbot_operator.kube.kinds import INGRESSES


def ingress(blueprint: Blueprint) -> Manifest | None:
    wanted = blueprint.spec.ingress
    if not wanted.host:
        return None
    backend = {"service": {"name": blueprint.name, "port": {"name": "http"}}}
    path = {"path": wanted.path, "pathType": "Prefix", "backend": backend}
    spec = {
        "ingressClassName": wanted.class_name,
        "tls": [{"hosts": [wanted.host], "secretName": wanted.tls_secret_name}] if wanted.tls_secret_name else [],
        "rules": [{"host": wanted.host, "http": {"paths": [path]}}],
    }
    manifest = blueprint.manifest(INGRESSES, blueprint.name, annotations=wanted.annotations)
    return {**manifest, "spec": pruned(spec)}

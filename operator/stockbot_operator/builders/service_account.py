"""The pods' own ServiceAccount, without a token: a service does not speak to Kubernetes. Pure."""

from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.kube.kinds import SERVICE_ACCOUNTS


def service_account(blueprint: Blueprint) -> Manifest | None:
    """None where the document names one that a person made."""
    if blueprint.spec.service_account_name:
        return None
    return {**blueprint.manifest(SERVICE_ACCOUNTS, blueprint.name), "automountServiceAccountToken": False}

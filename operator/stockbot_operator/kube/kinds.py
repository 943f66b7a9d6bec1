"""The kinds that the operator knows: where each lives in the API, and what of it is read."""

from dataclasses import dataclass
from urllib.parse import quote

from stockbot_operator.kube.objects import Deployment, Lease, Material, PartialObject, Pod, Resource


@dataclass(frozen=True)
class Kind:
    """`reads` is what an object of it is decoded into; PartialObject: only its metadata is asked for."""

    api_version: str
    name: str
    plural: str
    reads: type[PartialObject] = PartialObject
    optional: bool = False  # a cluster may not have it

    @property
    def is_partial(self) -> bool:
        return self.reads is PartialObject

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """Return the path of one object, of a namespace's objects, or of all; `namespace` None means all."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        parts = [root]
        if namespace is not None:
            parts.append(f"namespaces/{quote(namespace)}")
        parts += [part for part in (self.plural, name and quote(name), subresource) if part]
        return "/".join(parts)


TRADING_SERVICES = Kind("stockbot.dev/v1alpha1", "TradingService", "tradingservices", Resource)
DEPLOYMENTS = Kind("apps/v1", "Deployment", "deployments", Deployment)
SERVICES = Kind("v1", "Service", "services")
CONFIG_MAPS = Kind("v1", "ConfigMap", "configmaps")
SERVICE_ACCOUNTS = Kind("v1", "ServiceAccount", "serviceaccounts")
NETWORK_POLICIES = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
INGRESSES = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
DISRUPTION_BUDGETS = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
SERVICE_MONITORS = Kind("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors", optional=True)
PODS = Kind("v1", "Pod", "pods", Pod)
EVENTS = Kind("v1", "Event", "events")
LEASES = Kind("coordination.k8s.io/v1", "Lease", "leases", Lease)
# By name, because a person made them; never listed as a whole.
NAMED_SECRETS = Kind("v1", "Secret", "secrets", Material)
NAMED_CONFIG_MAPS = Kind("v1", "ConfigMap", "configmaps", Material)

# What a TradingService owns, in the order in which it is written: what a pod needs comes before its Deployment.
CHILDREN = (
    SERVICE_ACCOUNTS,
    CONFIG_MAPS,
    SERVICES,
    NETWORK_POLICIES,
    DISRUPTION_BUDGETS,
    DEPLOYMENTS,
    INGRESSES,
    SERVICE_MONITORS,
)
BY_NAME = {kind.name: kind for kind in CHILDREN}

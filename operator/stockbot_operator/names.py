"""Names, labels and annotations that the operator writes and reads. One place, because they are a contract."""

from stockbot.spec import ServiceType

MANAGED_BY = "stockbot-operator"
GROUP = "stockbot.dev"

SERVICE = f"{GROUP}/service"
SHARD = f"{GROUP}/shard"
SHARDS = f"{GROUP}/shards"  # how many there are: pods of another number are of another division of the symbols
TYPE = f"{GROUP}/type"

PAUSED = f"{GROUP}/paused"
RESTARTED_AT = f"{GROUP}/restartedAt"
ROLLOUT_NOW = f"{GROUP}/rollout-now"

SECRETS_HASH = f"{GROUP}/secrets"
CONFIGURATION = f"{GROUP}/configuration"  # the name of the ConfigMap that a pod was made with
TEMPLATE_HASH = f"{GROUP}/template"  # on the Deployment: of the pod template as we wanted it
# On the Deployment as well: what its pods took over from other services, to be kept when those are gone.
ACCOUNT = f"{GROUP}/account"
GATEWAY_SHARDS = f"{GROUP}/gateway-shards"

TOKENS_SECRET = "stockbot-tokens"  # noqa: S105 - the name of a Secret
TOKENS_FILE_KEY = "tokens.json"  # what is known of all tokens: hashes
SERVICE_TOKEN_KEY = "service"  # noqa: S105 - what services show to each other: a viewer's
OPERATOR_TOKEN_KEY = "operator"  # noqa: S105 - what the operator shows to the Risk Guardian: an admin's


def kebab(type_: ServiceType) -> str:
    """Write a type as a name: risk-guardian. The default platform's documents are called so."""
    return type_.field.replace("_", "-")


def deployment_name(service: str, shard: int) -> str:
    """Name a shard's Deployment: the first has the service's own name."""
    return service if shard == 0 else f"{service}-{shard}"


def is_on(annotations: dict[str, str], name: str) -> bool:
    """Tell whether an annotation is there and does not say no."""
    return annotations.get(name, "false").lower() not in {"false", "no", "0", ""}

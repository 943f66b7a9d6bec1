"""The whole document: what every TradingService has, and one block that only its type may have."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from stockbot.events.streams import MOST_SHARDS
from stockbot.spec.alert_manager import AlertManager
from stockbot.spec.dashboard import Dashboard
from stockbot.spec.execution_engine import ExecutionEngine
from stockbot.spec.market_data_gateway import MarketDataGateway
from stockbot.spec.network import Ingress, Network
from stockbot.spec.part import Complaint, Part, foreign_blocks, sentence, unique, without
from stockbot.spec.pods import (
    EnvironmentVariable,
    ImageReference,
    PodMetadata,
    PullSecret,
    Resources,
    Rollout,
)
from stockbot.spec.portfolio_manager import PortfolioManager
from stockbot.spec.risk_guardian import RiskGuardian
from stockbot.spec.scalars import Switch, Whole
from stockbot.spec.scheduling import Scheduling
from stockbot.spec.secret_references import SecretKey, SecretSource
from stockbot.spec.server_rules import BY_NAME, SET, Rule, checked, only_for
from stockbot.spec.service_types import SHARDED, ServiceType
from stockbot.spec.strategy_orchestrator import StrategyOrchestrator
from stockbot.spec.texts import DnsLabel, Namespace, OptionalObjectName, ResourceAnnotations, ResourceLabels

WRITTEN_BY_CLUSTERS = frozenset({"status"})
METADATA_WRITTEN_BY_CLUSTERS = frozenset(
    {
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "managedFields",
        "ownerReferences",
        "selfLink",
        "generateName",
    }
)


NO_REPLICAS = "0 is not allowed: to stop a service, use suspend: true"
SINGLE_WRITER = "it is the only writer of its account; more than 1 is for MarketDataGateway and StrategyOrchestrator"


def refuse_zero(given: Any) -> Any:
    if given == 0 and not isinstance(given, bool):
        raise sentence(NO_REPLICAS)
    return given


Replicas = Annotated[
    Whole, Field(ge=1, le=MOST_SHARDS), BeforeValidator(refuse_zero), checked(Rule("self != 0", NO_REPLICAS))
]
FixedType = Annotated[
    ServiceType,
    checked(Rule("self == oldSelf", "never changes: delete the TradingService, and create one of the other type")),
]


class Metadata(Part):
    """The document's own name. What a cluster adds to it is accepted and ignored."""

    name: DnsLabel = Field(description="The name of the service, unique in its namespace.")
    namespace: Namespace | None = Field(default=None, description="The namespace; `stockbot up` ignores it.")
    labels: ResourceLabels = Field(default={}, description="Labels of the resource.")
    annotations: ResourceAnnotations = Field(default={}, description="Annotations of the resource.")

    @model_validator(mode="before")
    @classmethod
    def ignore_what_clusters_write(cls, given: Any) -> Any:
        return without(given, METADATA_WRITTEN_BY_CLUSTERS)


class TradingServiceSpec(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.type != 'MarketDataGateway' || has(self.marketDataGateway)",
            "marketDataGateway is missing; it says which symbols to serve, and from where",
        ),
        Rule(
            f"self.replicas <= 1 || self.type in {sorted(map(str, SHARDED))}",
            f"more than 1 is not allowed for this type: {SINGLE_WRITER}",
            "replicas",
        ),
        *only_for(ServiceType),
    )

    type: FixedType = Field(description="What the service is; never changed once it exists.")
    replicas: Replicas = Field(
        default=1,
        description="Number of symbol shards; above 1 only for MarketDataGateway and StrategyOrchestrator.",
    )
    suspend: Switch = Field(default=False, description="True stops the service and keeps everything else.")
    depends_on: Annotated[tuple[DnsLabel, ...], Field(max_length=16), SET] = Field(
        default=(),
        description="Names of services that it needs besides those of its type; nothing waits for them.",
    )
    bus: SecretSource = Field(
        default=SecretSource(secretRef=SecretKey(name="stockbot-bus", key="url")),
        description="Where the address of the bus is kept. `stockbot up` brings its own.",
    )
    database: SecretSource = Field(
        default=SecretSource(secretRef=SecretKey(name="stockbot-database", key="url")),
        description="Where the address of the PostgreSQL database is kept. `stockbot up` uses SQLite.",
    )
    authorities: SecretSource | None = Field(
        default=None,
        description="Certificates of authorities, in PEM, for a bus or a database with TLS: the pods find them as"
        " /etc/stockbot/authorities/ca.pem, which the addresses name. `stockbot up` needs none.",
    )
    image: ImageReference = Field(default="", description="The image to run; empty means the operator's default.")
    service_account_name: OptionalObjectName = Field(
        default="", description="An existing ServiceAccount; empty means an own one without a token."
    )
    resources: Resources = Field(default=Resources(), description="Processor time and memory of each pod.")
    env: Annotated[tuple[EnvironmentVariable, ...], Field(max_length=64), BY_NAME] = Field(
        default=(), description="Further environment variables."
    )
    scheduling: Scheduling = Field(default=Scheduling(), description="Where the pods may run.")
    pod_metadata: PodMetadata = Field(default=PodMetadata(), description="Labels and annotations added to the pods.")
    image_pull_secrets: Annotated[tuple[PullSecret, ...], Field(max_length=16), BY_NAME] = Field(
        default=(), description="Secrets for registries that ask for a login."
    )
    rollout: Rollout = Field(default=Rollout(), description="When and how pods are replaced.")
    network: Network = Field(default=Network(), description="Who else may talk to the service.")
    ingress: Ingress = Field(default=Ingress(), description="How the service is reached from outside the cluster.")

    market_data_gateway: MarketDataGateway | None = Field(default=None, description="Only for type MarketDataGateway.")
    strategy_orchestrator: StrategyOrchestrator | None = Field(
        default=None, description="Only for type StrategyOrchestrator."
    )
    risk_guardian: RiskGuardian | None = Field(default=None, description="Only for type RiskGuardian.")
    execution_engine: ExecutionEngine | None = Field(default=None, description="Only for type ExecutionEngine.")
    portfolio_manager: PortfolioManager | None = Field(default=None, description="Only for type PortfolioManager.")
    alert_manager: AlertManager | None = Field(default=None, description="Only for type AlertManager.")
    dashboard: Dashboard | None = Field(default=None, description="Only for type Dashboard.")

    def complaints(self) -> Iterator[Complaint]:
        if self.type is ServiceType.MARKET_DATA_GATEWAY and self.market_data_gateway is None:
            yield Complaint(("marketDataGateway",), "is missing; it says which symbols to serve, and from where")
        if self.replicas > 1 and self.type not in SHARDED:
            yield Complaint(
                ("replicas",),
                f"{self.replicas} is not allowed for {self.type}: {SINGLE_WRITER}",
            )
        yield from unique("dependsOn", self.depends_on)
        yield from unique("env", [variable.name for variable in self.env], key="name")
        yield from unique("imagePullSecrets", [secret.name for secret in self.image_pull_secrets], key="name")
        yield from foreign_blocks(self, self.type, ServiceType)


class TradingService(Part):
    """One service of the platform: the same document for a laptop and for a cluster."""

    api_version: Literal["stockbot.dev/v1alpha1"] = Field(description="Group and version of this document.")
    kind: Literal["TradingService"] = Field(description="The kind of this document.")
    metadata: Metadata = Field(description="The name of the service.")
    spec: TradingServiceSpec = Field(description="What the service should be.")

    @model_validator(mode="before")
    @classmethod
    def ignore_what_clusters_write(cls, given: Any) -> Any:
        return without(given, WRITTEN_BY_CLUSTERS)

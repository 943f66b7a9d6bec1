"""What a namespace may hold: TradingServices as the operator leaves them, their pods, and Events about them."""

from datetime import datetime, timedelta
from typing import Any

from stockbot.testing.kubernetes import NAMESPACE

Object = dict[str, Any]
PORTS = {"RiskGuardian": 3002, "MarketDataGateway": 3001, "Dashboard": 5173, "ExecutionEngine": 3003}


def condition(kind: str, value: bool, reason: str, message: str, at: datetime) -> Object:
    return {
        "type": kind,
        "status": "True" if value else "False",
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
        "lastTransitionTime": stamp(at),
    }


def trading_service(
    name: str,
    kind: str,
    at: datetime,
    *conditions: Object,
    ready: int = 1,
    status: Object | None = None,
    **spec: Any,
) -> Object:
    """A resource of three hours' age; without conditions all is well."""
    told = conditions or (
        condition("Ready", True, "AllReplicasReady", f"{ready} of {ready} replicas ready", at - timedelta(hours=3)),
        condition("Degraded", False, "AsExpected", "nothing is wrong", at - timedelta(hours=3)),
    )
    return {
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "creationTimestamp": stamp(at - timedelta(hours=3)),
            "generation": 1,
        },
        "spec": {"type": kind, **spec},
        "status": {
            "observedGeneration": 1,
            "replicas": ready,
            "readyReplicas": ready,
            "endpoint": f"http://{name}.{NAMESPACE}.svc:{PORTS[kind]}",
            "conditions": list(told),
        }
        if status is None
        else status,
    }


def services(at: datetime) -> list[Object]:
    """Five: well, sharded, waiting for a Secret, suspended, and one that nobody has looked at."""
    missing = "SecretNotFound: alpaca; make it in this namespace"
    guardian = trading_service("risk-guardian", "RiskGuardian", at)
    guardian["status"]["riskGuardian"] = {"declared": "Active", "effective": "Reducing"}
    return [
        guardian,
        trading_service("market-data-gateway", "MarketDataGateway", at, ready=2, replicas=2),
        trading_service(
            "execution-engine",
            "ExecutionEngine",
            at,
            condition("Ready", False, "SecretNotFound", missing, at - timedelta(minutes=5)),
            condition("Degraded", True, "SecretNotFound", missing, at - timedelta(minutes=5)),
            ready=0,
        ),
        trading_service(
            "dashboard",
            "Dashboard",
            at,
            condition("Ready", True, "Suspended", "the service is suspended, as its document says", at),
            ready=0,
            suspend=True,
        ),
        trading_service("risk", "RiskGuardian", at, status={}),
    ]


def pod(name: str, service: str, at: datetime, **status: Any) -> Object:
    """A pod that is ready, unless its status says otherwise."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "phase": "Running", "startTime": stamp(at)}
    return {
        "metadata": {
            "name": name,
            "labels": {"stockbot.dev/service": service, "stockbot.dev/shard": "0"},
            "creationTimestamp": stamp(at),
        },
        "spec": {"nodeName": "node-1", "containers": []},
        "status": status or ready,
    }


def crashing(at: datetime) -> Object:
    ended = {"terminated": {"reason": "Error", "exitCode": 2, "message": "STOCKBOT_BUS_URL is missing\n"}}
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}}
    container = {"name": "service", "ready": False, "restartCount": 4, "state": waiting, "lastState": ended}
    return pod("risk-guardian-5d8f-x2k", "risk-guardian", at, phase="Running", containerStatuses=[container])


def event(kind: str, name: str, reason: str, message: str, at: datetime, **fields: Any) -> Object:
    return {
        "metadata": {"name": f"{name}.{reason}".lower(), "creationTimestamp": stamp(at)},
        "involvedObject": {"kind": kind, "name": name},
        "reason": reason,
        "message": message,
        "type": fields.pop("type", "Normal"),
        "lastTimestamp": stamp(at),
        **fields,
    }


def events(at: datetime) -> list[Object]:
    return [
        event("TradingService", "risk-guardian", "AllReplicasReady", "Ready is True", at - timedelta(hours=1)),
        event(
            "Pod",
            "risk-guardian-5d8f-x2k",
            "BackOff",
            "Back-off restarting failed container",
            at - timedelta(minutes=2),
            type="Warning",
            count=7,
        ),
        event("Pod", "risk-77c9-aaa", "Pulled", "of the service that is called risk", at),
        event("Node", "risk-guardian", "NodeReady", "a node of that name", at),
    ]


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

"""The operator: 1,000 TradingServices applied at once, against one client that applies the same objects itself.

Both sides write the same manifests through the same client to the same kind of API server, each run on a fresh one
with the real controllers: what the operator adds is watching, deciding, and the status of every resource.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil
from prometheus_client import CollectorRegistry
from tests.bench.result import Result
from tests.cluster import programs
from tests.cluster.bench_of_services import default_documents
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.namespaces import eventually

from stockbot.runtime.kubernetes import of_kubeconfig
from stockbot_operator.build import build
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.kinds import BY_NAME, DEPLOYMENTS, TRADING_SERVICES
from stockbot_operator.kube.objects import Deployment, Resource
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.outcome import Outcome
from stockbot_operator.seen import Seen, checked
from stockbot_operator.status import status_of
from stockbot_operator.topology import Peers

COUNT = 1000
RUNS = 3
AT_ONCE = 16
CHANGES = 100
REST_SECONDS = 20
NAMESPACE = "bench"
IMAGE = "stockbot:bench"
ROOT = Path(__file__).parents[2]
SECRETS = {
    "stockbot-bus": {"url": "redis://bus:6379/0"},
    "stockbot-database": {"url": "postgresql://database:5432/stockbot"},
    "stockbot-tokens": {"tokens.json": "[]", "service": "s", "operator": "o"},
}


def thousand_resources() -> list[Result]:
    """The operator: 1,000 TradingServices at once, memory, requests at rest, one change until it is written."""
    try:
        programs.find("kube-apiserver")
    except programs.Unavailable as reason:
        sys.stderr.write(f"the operator is not measured: {reason}\n")
        return []
    floors, ours = [], []
    for _ in range(RUNS):
        with cluster() as plane:
            floors.append(asyncio.run(apply_all(plane)))
        with cluster() as plane, running(plane) as process:
            ours.append(asyncio.run(until_written(plane)))
            memory = psutil.Process(process.pid).memory_info().rss / 2**20
            resting = writes_at_rest(plane, process)
            changes = asyncio.run(change_one_by_one(plane))
    floor, measured = statistics.median(floors), statistics.median(ours)
    quantiles = statistics.quantiles(changes, n=100)
    return [
        Result(
            what="operator: 1,000 TradingServices applied",
            measured=measured,
            floor=floor,
            unit="s",
            budget=1.5,
            at_most=True,
        ),
        Result(what="operator: memory with 1,000", measured=memory, unit="MiB", budget=200, at_most=True),
        Result(what="operator: requests at rest, 20 s", measured=resting, unit="", budget=0, at_most=True),
        Result(what="operator: a change to its Deployment, p50", measured=quantiles[49] * 1000, unit="ms"),
        Result(what="operator: a change to its Deployment, p99", measured=quantiles[98] * 1000, unit="ms"),
    ]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A fresh API server with the resource's definition, a namespace and its Secrets."""
    plane = ControlPlane.start()
    try:
        prepare(plane.cluster)
        yield plane.cluster
    finally:
        plane.stop()


def prepare(plane: Cluster) -> None:
    plane.kubectl("apply", "--server-side", "-f", str(ROOT / "k8s/operator/crd.yaml"))
    with plane.client() as client:
        eventually(lambda: client.get("/apis/stockbot.dev/v1alpha1/tradingservices").is_success, "it is not served")
    plane.kubectl("create", "namespace", NAMESPACE)
    for name, content in SECRETS.items():
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}
        plane.kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=msgspec.json.encode(secret).decode())


@contextmanager
def running(plane: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    """Run the operator's own process beside the cluster."""
    environment = os.environ | {
        "STOCKBOT_OPERATOR_KUBECONFIG": str(plane.kubeconfig),
        "STOCKBOT_OPERATOR_DEFAULT_IMAGE": IMAGE,
        "STOCKBOT_OPERATOR_NAMESPACE": NAMESPACE,
        "STOCKBOT_OPERATOR_HOST": "127.0.0.1",
        "STOCKBOT_OPERATOR_PORT": "0",
        "STOCKBOT_OPERATOR_LOG_LEVEL": "error",
    }
    with subprocess.Popen([sys.executable, "-m", "stockbot", "operator"], env=environment) as process:
        try:
            time.sleep(3)  # its watches have listed nothing, and stand
            yield process
        finally:
            process.terminate()


def documents() -> list[dict[str, Any]]:
    """The default platform's documents in turn, each under a name of its own."""
    services = list(default_documents())
    return [
        {**services[number % len(services)], "metadata": {"name": f"service-{number:04}", "namespace": NAMESPACE}}
        for number in range(COUNT)
    ]


async def apply_all(plane: Cluster) -> float:
    """The floor: every resource, its children and its status, applied by one client."""
    client = client_of(plane)
    started = time.monotonic()

    async def one(document: dict[str, Any]) -> None:
        item = await client.apply(TRADING_SERVICES, document, force=False)
        assert isinstance(item, Resource)
        seen = seen_of(item)
        for manifest in build(seen, required(seen), IMAGE):
            await client.apply(BY_NAME[manifest["kind"]], manifest, force=False)
        status = {"metadata": document["metadata"], "status": status_of(seen, Outcome())}
        await client.apply(TRADING_SERVICES, {**bare(document), **status}, force=True, subresource="status")

    await side_by_side(documents(), one)
    await client.close()
    return time.monotonic() - started


async def until_written(plane: Cluster) -> float:
    """Ours: the resources alone are applied; the end is when every status names a Deployment that was seen."""
    client = client_of(plane)
    started = time.monotonic()

    async def one(document: dict[str, Any]) -> None:
        await client.apply(TRADING_SERVICES, document, force=False)

    await side_by_side(documents(), one)
    while await statuses(client) < COUNT:  # noqa: ASYNC110 - it is the server that is asked
        await asyncio.sleep(0.5)
    await client.close()
    return time.monotonic() - started


async def statuses(client: Client) -> int:
    content = await client.list_page(TRADING_SERVICES, NAMESPACE, {"resourceVersion": "0"})
    return sum(bool(item.get("status", {}).get("conditions")) for item in msgspec.json.decode(content)["items"])


async def change_one_by_one(plane: Cluster) -> list[float]:
    """Seconds from a changed image to its Deployment's next generation."""
    client, times = client_of(plane), []
    for number in range(CHANGES):
        document = documents()[number]
        name = document["metadata"]["name"]
        before = await client.get(DEPLOYMENTS, NAMESPACE, name)
        document = {**document, "spec": {**document["spec"], "image": f"stockbot:{number}"}}
        started = time.monotonic()
        await client.apply(TRADING_SERVICES, document, force=False)
        while (await deployment(client, name)).metadata.generation == before.metadata.generation:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
        times.append(time.monotonic() - started)
    await client.close()
    return times


async def deployment(client: Client, name: str) -> Deployment:
    found = await client.get(DEPLOYMENTS, NAMESPACE, name)
    assert isinstance(found, Deployment)
    return found


def writes_at_rest(plane: Cluster, process: subprocess.Popen[bytes]) -> int:
    """How many requests come that are neither watches nor for a lease, once everything has settled."""
    wait_until_quiet(plane)
    position = plane.audit_position()
    time.sleep(REST_SECONDS)
    return sum(is_request(record) for record in plane.audit(user="admin", since=position))


def wait_until_quiet(plane: Cluster, seconds: float = 5.0) -> None:
    while True:
        position = plane.audit_position()
        time.sleep(seconds)
        if not any(is_request(record) for record in plane.audit(user="admin", since=position)):
            return


def is_request(record: dict[str, Any]) -> bool:
    return bool(record["verb"] != "watch") and record.get("objectRef", {}).get("resource") != "leases"


async def side_by_side(items: list[dict[str, Any]], one: Any) -> None:
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await one(item)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def client_of(plane: Cluster) -> Client:
    return Client(of_kubeconfig(plane.kubeconfig), OperatorMetrics(CollectorRegistry()), seconds=60)


def seen_of(item: Resource) -> Seen:
    document, complaint = checked(item)
    return Seen(
        resource=item,
        document=document,
        complaint=complaint,
        owned={},
        pods=(),
        materials={},
        peers=Peers({}, {}),
        has_service_monitors=False,
        open_exchanges=None,
        now=datetime.now(UTC),
    )


def required(seen: Seen) -> Any:
    assert seen.document is not None, seen.complaint
    return seen.document


def bare(document: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": document["apiVersion"], "kind": document["kind"]}

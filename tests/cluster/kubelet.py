"""A stand-in for the kubelets of a cluster without nodes: it writes what they would into the pods of a namespace.

It binds nothing and runs nothing. A pod becomes Running and Ready as soon as the Secrets and ConfigMaps that it refers
to are there; a test declares other fates, by the pods' labels. It acts as a user of its own, so that the audit log
tells its requests from those of an operator.
"""

import asyncio
import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from tests.cluster.cluster import Cluster
from tests.cluster.loop_thread import loop_thread, stopped
from tests.cluster.pod_status import Contents, Fate, Pod, Runs, Status, Unmounted, obstacle, status_of

LOOK_SECONDS = 0.1  # how soon it sees that a Secret is there that a pod waits for
RETRY_SECONDS = 0.2
MOST_AT_ONCE = 16
MERGE = {"Content-Type": "application/merge-patch+json"}


class Kubelet:
    """The kubelets of one namespace. `run` it; `declare` may be called from any thread."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._namespace = namespace
        self._cluster = cluster.as_user("kubelet")
        self._pods: dict[str, Pod] = {}  # by uid
        self._started: set[str] = set()  # what a pod refers to is looked at before it starts, never again
        self._written: dict[str, tuple[Fate, Any]] = {}
        self._addresses = itertools.count(1)
        self._fates: list[tuple[Mapping[str, str], Fate]] = []

    def declare(self, fate: Fate, labels: Mapping[str, str]) -> None:
        """Give this fate to every pod with these labels, now and from now on; the latest declaration counts."""
        self._fates = [(labels, fate), *(entry for entry in self._fates if entry[0] != labels)]

    def recover(self) -> None:
        """Take back all that was declared: every pod runs."""
        self._fates = []

    async def run(self) -> None:
        """Serve until it is cancelled."""
        async with self._cluster.async_client() as client, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch(client))
            tasks.create_task(self._serve(client))

    async def _serve(self, client: httpx.AsyncClient) -> None:
        limit = asyncio.Semaphore(MOST_AT_ONCE)

        async def one(uid: str, pod: Pod, contents: Contents) -> None:
            async with limit:
                await self._attend(client, uid, pod, contents)

        while True:
            due = [(uid, pod) for uid, pod in self._pods.items() if self._is_due(uid, pod)]
            if due:
                contents = await self._contents(client)
                await asyncio.gather(*(one(uid, pod, contents) for uid, pod in due))
            await asyncio.sleep(LOOK_SECONDS)

    def _is_due(self, uid: str, pod: Pod) -> bool:
        return uid not in self._started or self._written[uid][0] != self._declared(pod)

    def _declared(self, pod: Pod) -> Fate:
        labels = pod["metadata"].get("labels", {})
        fitting = (fate for wanted, fate in self._fates if wanted.items() <= labels.items())
        return next(fitting, Runs())

    async def _attend(self, client: httpx.AsyncClient, uid: str, pod: Pod, contents: Contents) -> None:
        """Decide the fate of one pod and write it, if it is another one than before."""
        blocked = None if uid in self._started else obstacle(pod, contents)
        fate = blocked or self._declared(pod)
        before = self._written.get(uid)
        if before and before[0] == fate:
            return
        address = before[1] if before else next(self._addresses)
        if await self._write(client, pod, status_of(pod, fate, ip(address), now())):
            self._written[uid] = (fate, address)
            if isinstance(fate, Unmounted):
                await self._tell(client, pod, fate)
            if not blocked:
                self._started.add(uid)

    async def _write(self, client: httpx.AsyncClient, pod: Pod, status: Status) -> bool:
        """Patch the status; false where the pod is gone or the server is busy."""
        body = json.dumps({"metadata": {"uid": pod["metadata"]["uid"]}, "status": status})
        path = f"{self._path('pods')}/{pod['metadata']['name']}/status"
        answer = await client.patch(path, content=body, headers=MERGE)
        return answer.is_success

    async def _tell(self, client: httpx.AsyncClient, pod: Pod, fate: Unmounted) -> None:
        """A volume that cannot be mounted shows in an Event alone."""
        about = {"kind": "Pod", "namespace": self._namespace, "apiVersion": "v1"}
        about |= {key: pod["metadata"][key] for key in ("name", "uid")}
        event = {"metadata": {"generateName": "failed-mount-"}, "involvedObject": about, "type": "Warning"}
        stated = {"reason": "FailedMount", "message": fate.message, "firstTimestamp": now(), "lastTimestamp": now()}
        await client.post(self._path("events"), json=event | stated)

    async def _contents(self, client: httpx.AsyncClient) -> Contents:
        found: dict[tuple[str, str], frozenset[str]] = {}
        for kind, plural in (("Secret", "secrets"), ("ConfigMap", "configmaps")):
            for item in (await client.get(self._path(plural))).json().get("items", ()):
                keys = frozenset(item.get("data") or {}) | frozenset(item.get("binaryData") or {})
                found[kind, item["metadata"]["name"]] = keys
        return found

    async def _watch(self, client: httpx.AsyncClient) -> None:
        """Keep the list of pods; begin again whenever the watch ends."""
        while True:
            with suppress(httpx.TransportError):
                listed = (await client.get(self._path("pods"))).json()
                self._pods = {item["metadata"]["uid"]: item for item in listed.get("items", ())}
                if "metadata" in listed:
                    await self._follow(client, listed["metadata"]["resourceVersion"])
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, client: httpx.AsyncClient, version: str) -> None:
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "300"}
        no_read_limit = httpx.Timeout(30, read=None)
        async with client.stream("GET", self._path("pods"), params=query, timeout=no_read_limit) as answer:
            async for line in answer.aiter_lines():
                event = json.loads(line)
                uid = event["object"].get("metadata", {}).get("uid")
                if event["type"] == "ERROR" or uid is None:
                    return
                if event["type"] == "DELETED":
                    self._pods.pop(uid, None)
                else:
                    self._pods[uid] = event["object"]

    def _path(self, plural: str) -> str:
        return f"/api/v1/namespaces/{self._namespace}/{plural}"


@contextmanager
def running(cluster: Cluster, namespace: str) -> Iterator[Kubelet]:
    """Run one in a thread of its own, beside whatever the test does, for as long as the block lasts."""
    kubelet = Kubelet(cluster, namespace)
    with loop_thread(lambda stop: stopped(kubelet.run(), stop), "kubelet"):
        yield kubelet


def ip(number: int) -> str:
    return f"10.244.{number // 250 % 250}.{number % 250 + 1}"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

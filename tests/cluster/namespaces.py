"""A namespace for one test."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from tests.cluster.cluster import Cluster

PATIENCE_SECONDS = 60


@contextmanager
def temporary(cluster: Cluster) -> Iterator[str]:
    """Make a namespace that pods may be created in; delete it at the end, on an existing cluster until it is gone."""
    name = f"stockbot-test-{secrets.token_hex(4)}"
    with cluster.client() as client:
        client.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
        try:
            account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
            eventually(lambda: client.get(account).is_success, f"{name} gets no ServiceAccount")
            yield name
        finally:
            remove(client, name, wait=not cluster.is_own)


def remove(client: httpx.Client, name: str, *, wait: bool) -> None:
    path = f"/api/v1/namespaces/{name}"
    client.delete(path)
    if wait:
        eventually(lambda: client.get(path).status_code == httpx.codes.NOT_FOUND, f"{name} is not deleted")


def eventually(holds: Callable[[], bool], otherwise: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `holds()` does; AssertionError with the words when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)

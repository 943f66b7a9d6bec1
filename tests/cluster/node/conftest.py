"""The fixture of a node, shared by a session; `cluster` is the node's own here, not the control plane of level 1."""

from collections.abc import Iterator

import pytest
from tests.cluster import programs
from tests.cluster.cluster import Cluster
from tests.cluster.node import network
from tests.cluster.node.node import Node

from stockbot.testing.databases import unavailable


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """Have one node with real pods; without what it needs the test is skipped, and fails where CI=true."""
    try:
        with network.private():
            node = Node.start()
            try:
                yield node
            finally:
                node.stop()
    except programs.Unavailable as reason:
        unavailable(str(reason))


@pytest.fixture(scope="session")
def cluster(node: Node) -> Cluster:
    return node.cluster

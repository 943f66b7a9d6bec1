"""`make cluster-up`: the platform on a whole Kubernetes node without Docker, its console on this machine's loopback.

The listening sockets are made before this process enters the node's private network, so browsers and kubectl of the
machine reach them; each connection goes on from inside. Ctrl-C removes everything.
"""

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import programs
from tests.cluster.helm import Helm
from tests.cluster.namespaces import eventually
from tests.cluster.node import network
from tests.cluster.node.node import Node
from tests.cluster.node.release import PATIENCE_SECONDS, Release, answers

LOOPBACK = "127.0.0.1"
CONSOLE_PORT = 5173
API_SERVER_PORT = 6443
BLOCK = 1 << 16


def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job starts with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        doors = [listen(CONSOLE_PORT), listen(API_SERVER_PORT)]
        with network.private(), tempfile.TemporaryDirectory() as folder:
            run(doors, Path(folder))
    except programs.Unavailable as reason:
        say(f"The cluster cannot start: {reason}")
        return 1
    except KeyboardInterrupt:
        say("Gone.")
    return 0


def listen(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise programs.Unavailable(f"port {port} of the loopback is taken: {error.strerror}") from None


def run(doors: Sequence[socket.socket], folder: Path) -> None:
    say("Starting a Kubernetes node (half a minute)")
    node = Node.start()
    try:
        release = Release(node, Helm(folder, node.cluster.kubeconfig, "stockbot"))
        say("Installing the chart")
        release.install()
        release.wait_until_ready()
        eventually(lambda: answers(f"http://{release.address('dashboard')}/healthz"), "no console", PATIENCE_SECONDS)
        kubeconfig = outside_kubeconfig(node, folder)
        say(words(release, kubeconfig))
        inside = [address(release.address("dashboard")), (LOOPBACK, node.layout.plane.ports.api_server)]
        asyncio.run(forward(list(zip(doors, inside, strict=True))))
    finally:
        say("Removing the cluster")
        node.stop()


def outside_kubeconfig(node: Node, folder: Path) -> Path:
    """Make the admin's kubeconfig as it is from outside: the same server on the door's port."""
    inside = node.cluster.kubeconfig.read_text()
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(inside.replace(node.layout.plane.url, f"https://{LOOPBACK}:{API_SERVER_PORT}"))
    return file


def words(release: Release, kubeconfig: Path) -> str:
    return (
        f"\nThe console:  http://localhost:{CONSOLE_PORT}\n"
        f"Its token:    {release.token}\n"
        f"kubectl:      export KUBECONFIG={kubeconfig}; {release.node.cluster.kubectl_program} -n stockbot get ts\n"
        f"Ctrl-C stops and removes everything.\n"
    )


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


async def forward(pairs: Sequence[tuple[socket.socket, tuple[str, int]]]) -> None:
    """Lead each connection at a door to its address inside, until a signal comes."""
    servers = [await asyncio.start_server(Passage(target).through, sock=door) for door, target in pairs]
    await asyncio.gather(*(server.serve_forever() for server in servers))


class Passage:
    """Leads connections to one address."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target

    async def through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:  # its pods are away: the browser asks again
            writer.close()
            return
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until that side ends."""
    try:
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Starts a whole node with real pods in the network that this thread is in, and always stops it.

Its programs run under `guardian.py`, which ends with this process in whatever way that ends.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from tests.cluster import programs
from tests.cluster.cluster import Cluster
from tests.cluster.node import images, layout
from tests.cluster.node.images import Image

READY_SECONDS = 120
STOP_SECONDS = 60
GUARDIAN = Path(__file__).with_name("guardian.py")
TOOLS = {"runc": "runc", "nft": "nftables", "unshare": "util-linux", "mount": "mount"}


class NotReady(Exception):
    """The node did not come up; the text has the ends of the logs."""


class Node:
    """One running node, with a data folder of its own."""

    def __init__(self) -> None:
        find_tools()
        programs.find_all((*programs.PROGRAMS, *programs.NODE_PROGRAMS))
        self._folder = Path(tempfile.mkdtemp(prefix="stockbot-node-"))
        self.layout = layout.make(self._folder)
        self.guardian = start_guardian(self.layout)
        self.cluster = Cluster.of_control_plane(self.layout.plane)

    @classmethod
    def start(cls) -> "Node":
        """Start one, wait until pods can run on it, and give it the images: some 40 s."""
        found = images.find_all()
        node = cls()
        try:
            node.wait_for("the API server", "get", "--raw", "/readyz")
            node.wait_for("containerd", "version", program=node.ctr())
            for image in found:
                node.load(image)
            node.wait_for("the node", "wait", "--for=condition=Ready", f"node/{layout.NAME}", "--timeout=1s")
            node.wait_for("its accounts", "get", "serviceaccount", "default")
            node.provide_storage()
        except BaseException:
            node.stop()
            raise
        return node

    def wait_for(self, what: str, *arguments: str, program: list[str] | None = None) -> None:
        """Wait until a command of kubectl, or of another program, is a success."""
        deadline = time.monotonic() + READY_SECONDS
        command = [*(program or self.kubectl()), *arguments]
        while subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
            if self.guardian.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"{what} is not there:\n{self.logs()}")
            time.sleep(0.2)

    def kubectl(self) -> list[str]:
        return [str(self.cluster.kubectl_program), f"--kubeconfig={self.cluster.kubeconfig}"]

    def ctr(self) -> list[str]:
        return [str(programs.find("ctr")), f"--address={self.layout.containerd_socket}", "--namespace=k8s.io"]

    def load(self, image: Image) -> None:
        """Have the node know an image under its name."""
        self._run_ctr("images", "import", str(image.file))

    def tag(self, image: str, other: str) -> None:
        """Give an image a second name, as a release would."""
        self._run_ctr("images", "tag", "--force", image, other)

    def _run_ctr(self, *arguments: str) -> None:
        subprocess.run([*self.ctr(), *arguments], check=True, capture_output=True)  # noqa: S603

    def provide_storage(self) -> None:
        objects = {"apiVersion": "v1", "kind": "List", "items": layout.storage(self.layout)}
        self.cluster.kubectl("create", "-f", "-", stdin=json.dumps(objects))

    def kill(self, name: str) -> None:
        """SIGKILL one of its programs; it is started again, as by systemd."""
        for process in psutil.Process(self.guardian.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if Path(next(iter(process.cmdline()), "")).name == name:
                    process.kill()

    def logs(self) -> str:
        """The last lines of each program's log."""
        ends = {path.name: path.read_text(errors="replace")[-1500:] for path in sorted(self._folder.glob("*.log"))}
        return "\n".join(f"{name}:\n{end}" for name, end in ends.items() if name != "audit.log")

    def stop(self) -> None:
        """Stop everything and remove the folder."""
        if self.guardian.stdin:
            self.guardian.stdin.close()
        self.guardian.wait(timeout=STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)


def find_tools() -> None:
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise programs.Unavailable(f"{tool} is not installed: install the package {package}")
    if not Path(layout.PLUGINS, "bridge").exists():
        raise programs.Unavailable(f"{layout.PLUGINS} has no plugins: install the package containernetworking-plugins")


def start_guardian(node: layout.NodeLayout) -> "subprocess.Popen[bytes]":
    guardian = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(GUARDIAN), str(node.folder), node.control_group],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests; it ends when they do
    )
    assert guardian.stdin is not None
    guardian.stdin.write(json.dumps(layout.commands(node)).encode() + b"\n")
    guardian.stdin.flush()
    return guardian

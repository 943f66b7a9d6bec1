"""Starts etcd, the API server and the controllers on free ports of the loopback, and always stops them.

They run under `guardian.py`, which ends with this process in whatever way that ends.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from tests.cluster import layout, programs
from tests.cluster.cluster import Cluster

READY_SECONDS = 60
ATTEMPTS = 3  # a port that was free may be taken when a program wants it
GUARDIAN = Path(__file__).with_name("guardian.py")


class NotReady(Exception):
    """The control plane did not come up; the text has the ends of the logs."""


class ControlPlane:
    """One running control plane, with a data folder of its own."""

    def __init__(self) -> None:
        programs.find_all()
        self._folder = Path(tempfile.mkdtemp(prefix="stockbot-cluster-"))
        self.layout = layout.make(self._folder)
        self.guardian = start_guardian(self.layout)
        self.cluster = Cluster.of_control_plane(self.layout)

    @classmethod
    def start(cls) -> "ControlPlane":
        """Start one and wait until it answers and its controllers work, some 4 s."""
        for attempt in range(ATTEMPTS):
            plane = cls()
            try:
                plane.wait_until_ready()
            except NotReady:
                plane.stop()
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return plane
        raise AssertionError("every attempt returns or raises")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        with self.cluster.client() as client:
            while not (answers(client, "/readyz") and answers(client, layout.CONTROLLERS_SIGN)):
                if self.guardian.poll() is not None or time.monotonic() > deadline:
                    raise NotReady(self.logs())
                time.sleep(0.05)

    def logs(self) -> str:
        """The last lines of each program's log."""
        ends = {path.name: path.read_text(errors="replace")[-2000:] for path in sorted(self._folder.glob("*.log"))}
        return "\n".join(f"{name}:\n{end}" for name, end in ends.items() if name != layout.AUDIT_LOG)

    def stop(self) -> None:
        """Stop everything and remove the folder."""
        if self.guardian.stdin:
            self.guardian.stdin.close()
        self.guardian.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)


def start_guardian(plan: layout.Layout) -> subprocess.Popen[bytes]:
    commands = layout.commands(plan)
    guardian = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(GUARDIAN), str(plan.folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests; it ends when they do
    )
    assert guardian.stdin is not None
    guardian.stdin.write(json.dumps(commands).encode() + b"\n")
    guardian.stdin.flush()
    return guardian


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False

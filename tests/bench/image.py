"""The image: how large it is, and how long a service in it takes until its probe is answered."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
from tests.bench.result import Result
from tests.cluster import programs
from tests.cluster.node import images

from stockbot.local.ports import LOOPBACK, free_port

STARTS = 5
PATIENCE_SECONDS = 60
MIB = 1 << 20
DOCUMENT = {
    "apiVersion": "stockbot.dev/v1alpha1",
    "kind": "TradingService",
    "metadata": {"name": "risk-guardian"},
    "spec": {"type": "RiskGuardian"},
}


def size_and_start() -> list[Result]:
    """The image's size, and a Risk Guardian's start in it; nothing where `make node-images` has built none."""
    try:
        images.find_all()
    except programs.Unavailable as reason:
        programs.say(f"the image is not measured: {reason}")
        return []
    image = images.stockbot()
    return [
        Result(what="image, as an archive", measured=image.file.stat().st_size / MIB, unit="MiB"),
        Result(what="start in the image, until /healthz", measured=start_seconds(image.reference), unit="s"),
    ]


def start_seconds(reference: str) -> float:
    """The median of some starts, on files that the machine has in memory."""
    container = images.buildah("from", reference).strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)  # noqa: PTH101, S103 - the image's user has no name here
            document = Path(folder) / "service.json"
            document.write_text(json.dumps(DOCUMENT))
            return statistics.median([one_start(container, Path(folder)) for _ in range(STARTS)])
    finally:
        images.buildah("rm", container)


def one_start(container: str, folder: Path) -> float:
    port = free_port()
    settings = {
        "STOCKBOT_BUS_URL": f"redis://{LOOPBACK}:1/0",  # it lives without a bus, and is not ready
        "STOCKBOT_DATABASE_URL": "sqlite:////run/bench/stockbot.db",
        "STOCKBOT_PORT": str(port),
    }
    variables = [part for name, value in settings.items() for part in ("--env", f"{name}={value}")]
    command = images.command("run", f"--volume={folder}:/run/bench", *variables, container, "--")
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own image
        [*command, "stockbot", "serve", "/run/bench/service.json"],
        env=os.environ | {"BUILDAH_ISOLATION": "chroot"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_alive(f"http://{LOOPBACK}:{port}/healthz", began)
        return time.monotonic() - began
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_until_alive(url: str, began: float) -> None:
    while time.monotonic() - began < PATIENCE_SECONDS:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise TimeoutError(f"{url} never answered")

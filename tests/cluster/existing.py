"""A cluster that exists already, under `STOCKBOT_TEST_CLUSTER=existing`: kind, or any other."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import programs
from tests.cluster.cluster import Cluster


@contextmanager
def current_context() -> Iterator[Cluster]:
    """Reach the cluster of the kubeconfig's current context for as long as the block lasts."""
    kubectl = find_kubectl()
    with tempfile.TemporaryDirectory(prefix="stockbot-cluster-") as folder:
        kubeconfig = Path(folder) / "kubeconfig"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(flattened_context(kubectl))
        with proxy(kubectl, kubeconfig) as url:
            yield Cluster(url, kubeconfig, kubectl)


def find_kubectl() -> Path:
    """Take the person's own kubectl, which fits their cluster, before the one that is built here."""
    installed = shutil.which("kubectl")
    return Path(installed) if installed else programs.find("kubectl")


def flattened_context(kubectl: Path) -> str:
    """The current context alone, certificates and keys included."""
    command = [str(kubectl), "config", "view", "--raw", "--minify", "--flatten"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise programs.Unavailable(f"the kubeconfig has no usable current context: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def proxy(kubectl: Path, kubeconfig: Path) -> Iterator[str]:
    command = [str(kubectl), f"--kubeconfig={kubeconfig}", "proxy", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            served = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
            if served is None:
                raise programs.Unavailable("kubectl proxy does not start; does `kubectl get nodes` work?")
            yield f"http://{served[0]}"
        finally:
            process.terminate()

"""Helm, as a person runs it: with a home of its own, so that no setting of this machine counts.

Used by the tests of the chart: `template` needs no cluster.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.cluster import programs

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts/stockbot"
SECONDS = 150

Manifest = dict[str, Any]


class HelmFailed(Exception):
    """What helm said on standard error."""


@dataclass(frozen=True)
class Helm:
    """`folder` is its home; without a kubeconfig it only renders."""

    folder: Path
    kubeconfig: Path | None = None
    namespace: str = "stockbot"
    chart: Path = CHART

    def run(self, *arguments: str) -> str:
        """Run it and give what it prints; HelmFailed has what it complained of."""
        return self._run([str(programs.find("helm")), f"--namespace={self.namespace}", *arguments])

    def shell(self, line: str) -> str:
        """Run a line that a person would paste into a shell."""
        return self._run(["bash", "-ec", f"set -o pipefail; {line}"])

    def environment(self) -> dict[str, str]:
        """What a shell of this person has: helm, kubectl, and the cluster."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        folders = [str(programs.find(name).parent) for name in ("helm", "kubectl")]
        environment |= {"HOME": str(self.folder), "KUBECONFIG": str(self.kubeconfig or os.devnull)}
        environment["PATH"] = os.pathsep.join([*folders, environment["PATH"]])
        return environment

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(  # noqa: S603 - helm, or lines of our own documents
            command, env=self.environment(), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode:
            raise HelmFailed(done.stderr.strip())
        return done.stdout

    def template(self, *options: str, release: str = "stockbot") -> list[Manifest]:
        """Render the chart, its hooks too."""
        known = "--api-versions=monitoring.coreos.com/v1"
        rendered = self.run("template", release, str(self.chart), known, *options)
        return [manifest for manifest in yaml.safe_load_all(rendered) if manifest is not None]

    def install(self, *options: str, release: str = "stockbot") -> str:
        return self.run("install", release, str(self.chart), *options)

    def upgrade(self, *options: str, release: str = "stockbot") -> str:
        return self.run("upgrade", release, str(self.chart), *options)

    def uninstall(self, release: str = "stockbot") -> str:
        return self.run("uninstall", release)


def value_files() -> list[Path]:
    """The sets of values that the chart is tried with."""
    return sorted((CHART / "ci").glob("*.yaml"))

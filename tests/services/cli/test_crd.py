"""`stockbot crd` prints what is in the repository, so that an image brings its own definition along."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockbot.cli.app import app

FILE = Path(__file__).parents[3] / "k8s" / "operator" / "crd.yaml"


def test_it_prints_the_definition() -> None:
    """The output can be applied as it is."""
    answer = CliRunner().invoke(app, ["crd"])
    assert answer.exit_code == 0
    assert answer.output == FILE.read_text()


def test_to_apply_it_needs_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a kubeconfig and outside a pod a person reads what to name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(app, ["crd", "apply"])
    assert answer.exit_code == 2
    assert "there is no cluster: name a kubeconfig with KUBECONFIG" in answer.stderr

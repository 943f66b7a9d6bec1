"""`stockbot crd` prints what is in the repository, so that an image brings its own definition along."""

from pathlib import Path

from typer.testing import CliRunner

from stockbot.cli.app import app

FILE = Path(__file__).parents[3] / "k8s" / "operator" / "crd.yaml"


def test_it_prints_the_definition() -> None:
    """The output can be applied as it is."""
    answer = CliRunner().invoke(app, ["crd"])
    assert answer.exit_code == 0
    assert answer.output == FILE.read_text()

"""`stockbot serve`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockbot.cli.app import app
from stockbot.local import programs
from stockbot.spec import TradingService

DOCUMENT = """
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: console}
spec: {type: Dashboard}
"""


def test_one_document_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document of the file goes to the program of its type."""
    served: list[TradingService] = []
    monkeypatch.setattr(programs, "serve", served.append)
    (tmp_path / "console.yaml").write_text(DOCUMENT)
    assert CliRunner().invoke(app, ["serve", str(tmp_path / "console.yaml")]).exit_code == 0
    assert [document.metadata.name for document in served] == ["console"]


@pytest.mark.parametrize(("content", "count"), [("", 0), (DOCUMENT + "---" + DOCUMENT.replace("console", "b"), 2)])
def test_any_other_number_is_refused(tmp_path: Path, content: str, count: int) -> None:
    """A file without a document, or with several, does not say what to serve."""
    (tmp_path / "console.yaml").write_text(content)
    answer = CliRunner().invoke(app, ["serve", str(tmp_path / "console.yaml")])
    assert answer.exit_code == 2
    assert f"holds {count} TradingServices, `serve` runs exactly one" in answer.stderr

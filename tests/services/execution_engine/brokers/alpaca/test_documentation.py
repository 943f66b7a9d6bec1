"""docs/brokers.md says what the adapter does."""

import re
from pathlib import Path

import pytest

from stockbot.execution_engine.brokers.alpaca.activities import KINDS
from stockbot.execution_engine.brokers.alpaca.orders import STATES
from stockbot.spec import load_documents

PAGE = Path(__file__).parents[5] / "docs" / "brokers.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


def test_every_status_is_in_the_table(page: str) -> None:
    """Whoever reads a status at Alpaca finds what it is here."""
    assert [status for status in STATES if f"`{status}`" not in page] == []


def test_every_known_activity_is_in_the_table(page: str) -> None:
    """Those that are not are booked by what they move."""
    assert [kind for kind in KINDS if not re.search(rf"\b{kind}\b", page)] == []


def test_its_document_is_one(page: str, tmp_path: Path) -> None:
    """The example can be copied."""
    example = page.split("```yaml\n")[1].split("```", maxsplit=1)[0]
    path = tmp_path / "engine.yaml"
    path.write_text(example)
    (document,) = load_documents(path)
    block = document.spec.execution_engine
    assert block is not None
    assert block.broker.account == "alpaca-paper"

"""Which texts are symbols."""

import pytest

from stockbot.model.symbols import is_symbol


@pytest.mark.parametrize("text", ["AAPL", "BRK.B", "^GSPC", "EURUSD=X", "A" * 32])
def test_symbols_of_the_usual_kinds(text: str) -> None:
    """Shares, classes, indices and currencies are symbols."""
    assert is_symbol(text)


@pytest.mark.parametrize("text", ["", "aapl", "A" * 33, "A B", "A/B", "A\n"])
def test_other_texts(text: str) -> None:
    """Lower case, spaces, slashes, line ends and long texts are not."""
    assert not is_symbol(text)

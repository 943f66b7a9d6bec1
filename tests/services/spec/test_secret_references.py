"""Where a secret is looked up under `stockbot up`."""

import pytest

from stockbot.spec import secret_variable


@pytest.mark.parametrize(
    ("name", "key", "variable"),
    [
        ("alpha-vantage", "key", "STOCKBOT_SECRET_ALPHA_VANTAGE_KEY"),
        ("a.b", "api.Key_1", "STOCKBOT_SECRET_A_B_API_KEY_1"),
    ],
)
def test_variable(name: str, key: str, variable: str) -> None:
    """The variable is the name and the key in capitals, with an underscore for all else."""
    assert secret_variable(name, key) == variable

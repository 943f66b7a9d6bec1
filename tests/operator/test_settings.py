"""What the surroundings tell the operator, and what is said where they are wrong."""

import pytest

from stockbot.errors import ConfigurationError
from stockbot_operator.settings import OperatorSettings


def test_namespaces_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty means the whole cluster."""
    monkeypatch.setenv("STOCKBOT_OPERATOR_DEFAULT_IMAGE", "stockbot:1")
    assert OperatorSettings.load().namespaces == ()
    monkeypatch.setenv("STOCKBOT_OPERATOR_NAMESPACES", "one, two")
    assert OperatorSettings.load().namespaces == ("one", "two")


def test_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person types counts before what the environment says; what they did not type does not."""
    monkeypatch.setenv("STOCKBOT_OPERATOR_PORT", "9000")
    settings = OperatorSettings.load(default_image="stockbot:2", port=None, namespaces=("three",))
    assert (settings.port, settings.default_image, settings.namespaces) == (9000, "stockbot:2", ("three",))


def test_what_is_wrong_is_named() -> None:
    """The variable, and what would be right."""
    with pytest.raises(ConfigurationError, match="STOCKBOT_OPERATOR_DEFAULT_IMAGE must be the image of services"):
        OperatorSettings.load()

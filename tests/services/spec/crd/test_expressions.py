"""Rules in CEL that cannot be written exactly are refused where they are made, not found wrong on a server."""

import pytest

from stockbot.spec.crd import expressions


def test_a_bound_too_far_for_doubles_is_refused() -> None:
    """Beyond it two decimals of ours may be one double."""
    with pytest.raises(ValueError, match="a bound beyond 4096 cannot be compared exactly"):
        expressions.decimal_rule({"atMost": "5000"})


def test_a_quote_in_a_pattern_is_refused() -> None:
    """It would end the text in CEL."""
    with pytest.raises(ValueError, match="a pattern with a quote"):
        expressions.matches("self", "it's")

"""The label that says whether prices are real."""

import pytest

from stockbot_console.answers import Provider
from stockbot_console.view_models.banner import banner

DEMO = Provider(name="demo", type="demo", simulated=True, label="seeded", state="healthy", breaker="closed")
REPLAY = Provider(name="past", type="replay", simulated=True, label="GOOG 2004-2013", state="healthy", breaker="closed")
YAHOO = Provider(name="yahoo", type="yahoo", simulated=False, label="Yahoo", state="healthy", breaker="closed")
KNOWN = {provider.name: provider for provider in (DEMO, REPLAY, YAHOO)}


@pytest.mark.parametrize(
    ("in_use", "tone", "word"),
    [
        (set(), "unknown", "NO PRICES"),
        ({"demo"}, "simulated", "DEMO MARKET"),
        ({"past"}, "simulated", "REPLAY MARKET"),
        ({"demo", "past"}, "simulated", "DEMO MARKET"),
        ({"demo", "yahoo"}, "simulated", "MIXED MARKET"),
        ({"yahoo"}, "real", "REAL PRICES"),
        ({"stranger"}, "unknown", "UNVERIFIED"),
        ({"yahoo", "stranger"}, "unknown", "UNVERIFIED"),
    ],
)
def test_simulated_prices_are_never_called_real(in_use: set[str], tone: str, word: str) -> None:
    """One simulated or undescribed provider is enough for the label not to say real."""
    label = banner(in_use, KNOWN)
    assert (label.tone, label.word) == (tone, word)


def test_the_label_names_the_providers() -> None:
    """On hover stands which provider it is, in its own words."""
    assert banner({"demo"}, KNOWN).reason == "demo: seeded"

"""Troubles in words."""

from stockbot.market_data_gateway.wording import spelled


def test_readiness_is_short_enough_to_read() -> None:
    """Hundreds of symbols and reasons are counted and cut."""
    text = spelled({f"S{number}": "HTTP 500" for number in range(500)})
    assert text.endswith("S19 and 480 more: HTTP 500")
    assert len(spelled({f"S{number}": f"reason {number}" for number in range(500)})) < 1000

"""Which alerts hold, and what of them is told."""

from hypothesis import given
from hypothesis import strategies as st

from stockbot.codec import decode, encode
from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.market_data_gateway.alerting import conditions, transitions
from stockbot.testing.clock import START

SETS = {"stocks": ("AAPL", "MSFT"), "funds": ("SPY",)}
STALE = st.sets(st.sampled_from(["AAPL", "MSFT", "SPY"]))


def test_one_alert_for_each_set_with_stale_prices() -> None:
    """A part of a set is a warning, the whole of it critical; a set whose prices are fresh has no alert."""
    found = conditions(0, SETS, {"MSFT": "yahoo: HTTP 500"})
    assert [(key, alert.severity) for key, alert in found.items()] == [("prices-stale/stocks/0", Severity.WARNING)]
    assert found["prices-stale/stocks/0"].title == "1 of 2 symbols of stocks have no fresh price"
    assert found["prices-stale/stocks/0"].detail == "MSFT: yahoo: HTTP 500"
    assert conditions(0, SETS, {"SPY": "?"})["prices-stale/funds/0"].severity is Severity.CRITICAL
    assert conditions(0, SETS, {}) == {}


def test_each_shard_has_its_own_matters() -> None:
    """One shard's good prices must not resolve what another one has raised."""
    assert not conditions(0, SETS, {"SPY": "?"}).keys() & conditions(1, SETS, {"SPY": "?"}).keys()


def test_the_longest_alert_is_within_the_contract() -> None:
    """Hundreds of symbols with long reasons and names as long as a document allows make an event that decodes."""
    symbols = [f"{number:032}" for number in range(500)]
    [alert] = conditions(1023, {"s" * 40: symbols}, dict.fromkeys(symbols, "x" * 5000)).values()
    event = ServiceAlert(id="1", source="s/0", time=START, subject=alert.fingerprint, correlationid="1", data=alert)
    assert decode(encode(event)) == event


@given(st.lists(STALE, max_size=12))
def test_every_matter_is_raised_once_and_resolved_once(beats: list[set[str]]) -> None:
    """Whatever comes and goes: nothing is told twice in a row, and in the end what is open is what holds."""
    told: dict[str, Alert] = {}
    for stale in beats:
        holding = conditions(0, SETS, dict.fromkeys(stale, "?"))
        for alert in transitions(told, holding):
            before = told.get(alert.fingerprint)
            assert alert.resolved == (alert.fingerprint not in holding)
            assert (before is None) != alert.resolved or before is not None
            assert before is None or before.resolved != alert.resolved or before.severity is not alert.severity
            told[alert.fingerprint] = alert
        told = {key: alert for key, alert in told.items() if not alert.resolved}
        assert {key: alert.severity for key, alert in told.items()} == {
            key: alert.severity for key, alert in holding.items()
        }
        assert transitions(told, holding) == []

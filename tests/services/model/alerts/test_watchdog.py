"""Who has gone quiet, and who only suffers from what everybody suffers from."""

from collections.abc import Mapping
from datetime import timedelta

from tests.services.model.alerts.scenes import at

from stockbot.events.alerts import Alert, Severity
from stockbot.model.alerts.watchdog import Sighting, Watched, alerts, look

AFTER, BACKBONE = timedelta(seconds=60), timedelta(seconds=10)


def risk(reason: str = "", *failing: str, alive: bool | None = True) -> Sighting:
    return Sighting(
        name="risk-guardian", type="RiskGuardian", ready=not reason, alive=alive, reason=reason, failing=failing
    )


def bus(reason: str = "") -> Sighting:
    return Sighting(name="bus", type="Bus", ready=not reason, reason=reason)


def told(watched: Mapping[str, Watched], seconds: float) -> list[Alert]:
    found = alerts(watched, at(seconds), after=AFTER, backbone_after=BACKBONE)
    return [alert for alert in found if not alert.resolved]


def test_a_service_that_is_silent_for_too_long() -> None:
    """Before its time nothing is said; then a critical alert with the reasons in words; resolved when it is back."""
    seen = look({}, [risk("It says that it is not ready: account: unknown.", "account")], at(0))
    seen = look(seen, [risk("It says that it is not ready: lease: lost.", "lease")], at(30))
    assert told(seen, 59) == []
    (alert,) = told(seen, 60)
    assert (alert.severity, alert.fingerprint) == (Severity.CRITICAL, "quiet/risk-guardian")
    assert "lease: lost" in alert.detail
    assert alert.labels["service"] == "risk-guardian"
    back = look(seen, [risk()], at(70))
    assert [one.resolved for one in alerts(back, at(70), after=AFTER, backbone_after=BACKBONE)] == [True]
    assert back["risk-guardian"].since == at(70)


def test_a_heartbeat_that_stops_counts_though_it_answers() -> None:
    """Ready by its own words, and no heartbeat: it does not do its work."""
    seen = look({}, [risk(alive=False)], at(0))
    assert len(told(seen, 60)) == 1


def test_what_is_not_known_is_not_held_against_it() -> None:
    """A service without a heartbeat of its own, or while the bus is silent, is judged by its answer alone."""
    assert told(look({}, [risk(alive=None)], at(0)), 1000) == []


def test_a_dead_bus_is_one_alert_and_not_seven() -> None:
    """Services that say that they lack the bus are not told one by one; their time counts from its return."""
    seen: Mapping[str, Watched] = {}
    for second in range(0, 200, 5):
        seen = look(seen, [risk("bus: gone", "bus", "account"), bus("connection refused")], at(second))
    assert [alert.fingerprint for alert in told(seen, 200)] == ["quiet/bus"]
    for second in range(200, 300, 5):
        seen = look(seen, [risk("account: unknown", "account"), bus()], at(second))
    assert told(seen, 254) == []
    assert [alert.fingerprint for alert in told(seen, 260)] == ["quiet/risk-guardian"]


def test_one_that_cannot_be_reached_is_told_also_while_the_bus_is_dead() -> None:
    """Nothing explains that it does not answer."""
    seen = look({}, [risk("cannot be reached"), bus("connection refused")], at(0))
    assert {alert.fingerprint for alert in told(seen, 60)} == {"quiet/bus", "quiet/risk-guardian"}


def test_one_that_alone_lacks_the_bus_is_told() -> None:
    """Where the bus answers us, a service that does not reach it has a trouble of its own."""
    assert len(told(look({}, [risk("bus: refused", "bus"), bus()], at(0)), 60)) == 1

"""What becomes of a matter with each report."""

from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.alerts.scenes import at, matter, report

from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Matter, Standing, acknowledge, take

INFO, WARNING, CRITICAL = Severity


def fold(before: Matter | None, *reports: object) -> Matter | None:
    for one in reports:
        before = take(before, one)  # type: ignore[arg-type]
    return before


def test_the_same_matter_again_counts() -> None:
    """First and last time, the newest words, one id."""
    found = fold(None, report(1), report(2, after=60))
    assert found is not None
    assert (found.count, found.first_at, found.last_at, found.title) == (2, at(0), at(60), "report 2")
    assert found.alert_id == matter().alert_id


def test_a_report_that_comes_twice_counts_once() -> None:
    """Whoever is not sure whether a report arrived may send it again."""
    assert fold(None, report(1), report(1)) == fold(None, report(1))


def test_what_is_over_stays_over_and_comes_back_as_another() -> None:
    """A resolved matter is history; the next report of its fingerprint has an id of its own."""
    over = fold(None, report(1), report(2, resolved=True, after=9))
    again = fold(over, report(3, after=20))
    assert over is not None
    assert again is not None
    assert (over.state, over.resolved_at, over.count) == (Standing.RESOLVED, at(9), 1)
    assert (again.state, again.first_at) == (Standing.OPEN, at(20))
    assert again.alert_id != over.alert_id


def test_the_end_of_what_nobody_knew_is_nothing() -> None:
    """Nobody hears that something is over which they never heard of."""
    assert take(None, report(resolved=True)) is None


def test_worse_is_open_again() -> None:
    """Who acknowledged a warning has not seen the critical alert: it asks anew, and may be passed on anew."""
    seen = acknowledge(matter(escalated_at=at(5)), who="anna", note="on it", now=at(6))
    worse = fold(seen, report(2, severity=CRITICAL, after=60))
    assert worse is not None
    assert (worse.state, worse.acknowledged_by, worse.escalated_at) == (Standing.OPEN, None, None)
    assert (worse.peak, worse.opened_at) == (CRITICAL, at(60))


def test_better_and_as_bad_again_is_no_news() -> None:
    """Only what is worse than ever before asks again."""
    seen = acknowledge(matter(), who="anna", note="", now=at(6))
    found = fold(seen, report(2, severity=INFO), report(3, severity=WARNING))
    assert found is not None
    assert (found.state, found.severity, found.peak, found.count) == (Standing.ACKNOWLEDGED, WARNING, WARNING, 3)


def test_only_what_is_open_can_be_acknowledged() -> None:
    """The first one who looks after it stays the one; what is over needs nobody."""
    first = acknowledge(matter(), who="anna", note="on it", now=at(1))
    assert acknowledge(first, who="bob", note="me too", now=at(2)) == first
    over = matter(state=Standing.RESOLVED)
    assert acknowledge(over, who="anna", note="", now=at(1)) == over


def test_the_service_is_the_one_that_the_alert_is_about() -> None:
    """The label counts before the source: the Alert Manager tells of others."""
    assert matter().service == "risk-guardian"
    assert matter(labels={"service": "execution-engine"}).service == "execution-engine"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.sampled_from(list(Severity))), max_size=30))
def test_no_report_is_lost(told: list[tuple[str, bool, Severity]]) -> None:
    """Every report that something is wrong counts in exactly one matter, and at most one of a fingerprint is open."""
    current: dict[str, Matter] = {}
    every: dict[str, Matter] = {}
    for number, (name, resolved, severity) in enumerate(told):
        found = take(current.get(name), report(number, fingerprint=name, resolved=resolved, severity=severity))
        if found is not None:
            current[name] = every[found.alert_id] = found
    assert sum(one.count for one in every.values()) == sum(not resolved for _, resolved, _ in told)
    for name in "ab":
        still = [one for one in every.values() if one.fingerprint == name and one.state is not Standing.RESOLVED]
        last = [resolved for given_name, resolved, _ in told if given_name == name]
        assert len(still) == (bool(last) and not last[-1])

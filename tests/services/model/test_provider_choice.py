"""The choice of the source to ask, as a table, and what it says about those that it does not ask."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.circuit_breaker import Breaker
from stockbot.model.provider_choice import Ask, Candidate, Condition, Nobody, choose, condition, obstacle
from stockbot.testing.clock import START as NOW

OPEN = Breaker(failures=3, openings=1, open_until=NOW + timedelta(seconds=10))
HALF_OPEN = Breaker(failures=3, openings=1, open_until=NOW)
LATER = NOW + timedelta(minutes=1)


def candidate(
    name: str = "yahoo",
    breaker: Breaker = Breaker(),  # noqa: B008 - frozen
    symbols: int = 5,
    batch: int = 50,
    **rest: object,
) -> Candidate:
    return Candidate(name=name, breaker=breaker, symbols=symbols, batch=batch, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([candidate(), candidate("alpha")], Ask("yahoo", 5)),
        ([candidate(batch=2), candidate("alpha")], Ask("yahoo", 2)),
        ([candidate(breaker=OPEN), candidate("alpha")], Ask("alpha", 5)),
        ([candidate(throttled_until=LATER), candidate("alpha")], Ask("alpha", 5)),
        ([candidate(requests_allowed=0, next_allowed=LATER), candidate("alpha")], Ask("alpha", 5)),
        ([candidate(breaker=HALF_OPEN), candidate("alpha")], Ask("yahoo", 1)),
        ([candidate(throttled_until=NOW), candidate("alpha")], Ask("yahoo", 5)),
        ([candidate(symbols=0), candidate("alpha")], Ask("alpha", 5)),
    ],
)
def test_the_first_that_nothing_keeps_back_is_asked(candidates: list[Candidate], expected: Ask) -> None:
    """Preference is order; open, throttled and spent sources are passed over; a probe asks for one symbol."""
    assert choose(candidates, NOW) == expected


def test_nobody_has_a_reason_per_source() -> None:
    """If nobody can be asked, each source's obstacle is told with its time."""
    choice = choose(
        [
            candidate(breaker=OPEN),
            candidate("alpha", requests_allowed=0, next_allowed=LATER),
            candidate("third", throttled_until=LATER),
            candidate("done", symbols=0),
        ],
        NOW,
    )
    assert isinstance(choice, Nobody)
    assert choice.reasons == {
        "yahoo": "it failed 3 times in a row, next try at 2026-03-02 15:00:10 UTC",
        "alpha": "its request budget is spent, next request at 2026-03-02 15:01:00 UTC",
        "third": "it asked for patience until 2026-03-02 15:01:00 UTC",
    }


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (candidate(), Condition.HEALTHY),
        (candidate(breaker=Breaker(failures=1)), Condition.DEGRADED),
        (candidate(breaker=HALF_OPEN), Condition.DEGRADED),
        (candidate(throttled_until=LATER), Condition.DEGRADED),
        (candidate(requests_allowed=0), Condition.DEGRADED),
        (candidate(breaker=OPEN), Condition.DOWN),
    ],
)
def test_the_light_of_a_source(one: Candidate, expected: Condition) -> None:
    """Green when nothing is wrong, amber when it limps or waits, red when its breaker is open."""
    assert condition(one, NOW) is expected


candidates = st.builds(
    Candidate,
    name=st.uuids().map(str),
    breaker=st.sampled_from([Breaker(), OPEN, HALF_OPEN]),
    batch=st.integers(1, 50),
    symbols=st.integers(0, 80),
    requests_allowed=st.sampled_from([None, 0, 1]),
    throttled_until=st.sampled_from([None, NOW, LATER]),
)


@given(st.lists(candidates, max_size=6))
def test_only_one_that_may_be_asked_is_asked(several: list[Candidate]) -> None:
    """Whatever the list: the chosen source has no obstacle, nor has any preferred one been passed over."""
    choice = choose(several, NOW)
    able = [c for c in several if c.symbols and obstacle(c, NOW) is None]
    if isinstance(choice, Ask):
        assert choice.name == able[0].name
        assert 1 <= choice.symbols <= min(able[0].symbols, able[0].batch)
    else:
        assert able == []
        assert set(choice.reasons) == {c.name for c in several if c.symbols}

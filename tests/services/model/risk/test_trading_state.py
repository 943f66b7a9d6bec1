"""The trading state: the strictest counts, limits tighten, a person loosens, and a session may reopen."""

from datetime import timedelta
from itertools import product

import pytest

from stockbot.errors import ConfigurationError
from stockbot.model.risk.trading_state import (
    Change,
    Tightening,
    TradingState,
    TradingStatus,
    choose,
    declare,
    end,
    reopen,
    strictest,
    tighten,
)
from stockbot.testing.clock import START as NOW

ACTIVE, REDUCING, HALTED = TradingState
BY_PERSON = Change(who="ann", when=NOW, why="looked into it")
BY_CLOCK = Change(who="risk-guardian", when=NOW + timedelta(days=1), why="a new session")


def tightening(state: TradingState = REDUCING, *, limit: str = "DAILY", resume: bool = True) -> Tightening:
    change = Change(who="risk-guardian", when=NOW, why=f"{limit}: loss=1 limit=0")
    return Tightening(limit=limit, state=state, session="2026-03-02", resume_at_open=resume, change=change)


@pytest.mark.parametrize(("first", "second"), list(product(TradingState, repeat=2)))
def test_the_stricter_one_counts(first: TradingState, second: TradingState) -> None:
    """Whatever is declared, chosen or tightened, the strictest of them is in effect."""
    expected = strictest([first, second])
    assert TradingStatus(declared=first, chosen=second).effective is expected
    assert tighten(TradingStatus(chosen=first), tightening(second)).effective is expected
    assert list(TradingState).index(expected) == max(list(TradingState).index(one) for one in (first, second))


def test_a_document_that_says_nothing_declares_nothing() -> None:
    """Without a declared state only the run-time one counts; taking it over again changes nothing."""
    status = declare(TradingStatus(chosen=REDUCING), HALTED, BY_PERSON)
    assert (status.effective, status.change) == (HALTED, BY_PERSON)
    assert declare(status, HALTED, BY_CLOCK) is status
    assert declare(status, None, BY_CLOCK).effective is REDUCING


def test_a_person_cannot_go_below_the_document() -> None:
    """Choosing Active at run time loosens nothing that is declared."""
    status = choose(TradingStatus(declared=REDUCING, chosen=HALTED), ACTIVE, BY_PERSON, session="2026-03-02")
    assert status.effective is REDUCING


def test_a_change_needs_a_reason() -> None:
    """A person says why; an empty reason is refused in words."""
    with pytest.raises(ConfigurationError, match="needs a reason"):
        choose(TradingStatus(), HALTED, Change(who="ann", when=NOW, why=" "), session=None)


def test_only_a_person_loosens_what_a_limit_tightened() -> None:
    """Neither a repeated tightening nor a new session ends it, where the limit does not say so."""
    status = tighten(TradingStatus(), tightening(resume=False))
    assert reopen(status, BY_CLOCK, session="2026-03-03") is status
    loosened = choose(status, ACTIVE, BY_PERSON, session="2026-03-02")
    assert (loosened.effective, loosened.change, loosened.waived) == (ACTIVE, BY_PERSON, "2026-03-02")


def test_a_new_session_reopens_what_says_so() -> None:
    """It ends at the next session's open, not in its own session, nor while the session is unknown."""
    status = tighten(TradingStatus(), tightening())
    assert reopen(status, BY_CLOCK, session="2026-03-02") is status
    assert reopen(status, BY_CLOCK, session=None) is status
    reopened = reopen(status, BY_CLOCK, session="2026-03-03")
    assert (reopened.effective, reopened.change) == (ACTIVE, BY_CLOCK)


def test_reopening_leaves_the_rest_as_it_is() -> None:
    """What a person chose and what another limit tightened stays when one tightening ends."""
    status = tighten(TradingStatus(chosen=REDUCING), tightening(HALTED))
    assert status.effective is HALTED
    assert reopen(status, BY_CLOCK, session="2026-03-03").effective is REDUCING
    both = tighten(status, tightening(HALTED, limit="DRAWDOWN", resume=False))
    assert {one.limit for one in both.tightened} == {"DAILY", "DRAWDOWN"}
    assert reopen(both, BY_CLOCK, session="2026-03-03").effective is HALTED


def test_a_limit_that_repeats_itself_changes_nothing() -> None:
    """Only a stricter word of the same limit replaces what it said before."""
    status = tighten(TradingStatus(), tightening())
    assert tighten(status, tightening()) is status
    assert tighten(tighten(status, tightening(HALTED)), tightening()).effective is HALTED


def test_a_person_waives_no_limit_in_advance() -> None:
    """Choosing a state while nothing is tightened leaves every limit in force."""
    assert choose(TradingStatus(), REDUCING, BY_PERSON, session="2026-03-02").waived is None


def test_what_ended_by_a_persons_act_ends_alone() -> None:
    """The cause of one tightening is gone: it ends, the others stay, and a second time nothing changes."""
    status = tighten(tighten(TradingStatus(), tightening(limit="ORDERS_PUT_ASIDE")), tightening(HALTED))
    ended = end(status, "ORDERS_PUT_ASIDE", BY_CLOCK)
    assert [one.limit for one in ended.tightened] == ["DAILY"]
    assert ended.change == BY_CLOCK
    assert end(ended, "ORDERS_PUT_ASIDE", BY_PERSON) is ended

"""The trading state in words, and who is offered which change."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.model.risk import trading_state as real
from stockbot.risk_guardian.state_changes import is_tightening
from stockbot.testing.clock import START
from stockbot_console.answers import Failure
from stockbot_console.guardian_answers import Change, PastChange, Tightening, TradingState, TradingStatus
from stockbot_console.view_models.trading_state import Move, badge, moves, offered, past_state, sources, withheld_text

ACTIVE, REDUCING, HALTED = TradingState
LOSS = Tightening(
    limit="LOSS_EXCEEDS_DAILY_LIMIT",
    state=REDUCING,
    resume_at_open=True,
    change=Change(who="risk-guardian", when=START, why="the session's loss"),
)


def status(
    chosen: TradingState = ACTIVE, *, declared: TradingState | None = None, tightened: tuple[Tightening, ...] = ()
) -> TradingStatus:
    stated = [chosen, declared or ACTIVE, *(one.state for one in tightened)]
    effective = max(stated, key=lambda state: state.strictness)
    change = Change(who="ada", when=START, why="a test")
    return TradingStatus(effective=effective, declared=declared, chosen=chosen, tightened=tightened, change=change)


def verbs(offers: tuple[Move, ...]) -> list[str]:
    return [move.verb for move in offers]


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [(ACTIVE, "ACTIVE", "good"), (REDUCING, "REDUCING", "warning"), (HALTED, "HALTED", "bad")],
)
def test_the_header_has_a_word_and_a_tone(state: TradingState, word: str, tone: str) -> None:
    """A word and a colour for each state, and on hover who set it and why."""
    shown = badge(status(state))
    assert (shown.word, shown.tone) == (word, tone)
    assert shown.reason.endswith("ada: a test")


def test_a_state_that_is_not_known_is_said() -> None:
    """Nobody is told that trading is active because nobody answered."""
    shown = badge(Failure(reason="The Risk Guardian does not answer.", remedy="Start it."))
    assert (shown.word, shown.tone, shown.reason) == (
        "UNKNOWN",
        "unknown",
        "The Risk Guardian does not answer. Start it.",
    )


def test_a_trader_may_tighten_and_an_admin_loosen() -> None:
    """What is offered follows the role; what is not offered is named with the role that it needs."""
    active, halted = moves(status()), moves(status(HALTED))
    assert verbs(offered(active, "trader")) == ["HALT", "REDUCE"]
    assert verbs(offered(active, "viewer")) == []
    assert verbs(offered(halted, "trader")) == []
    assert verbs(offered(halted, "admin")) == ["REDUCE", "RESUME"]
    assert withheld_text(halted, "trader") == "The role admin may also REDUCE and RESUME: that loosens the state."
    assert withheld_text(halted, "admin") == ""
    assert withheld_text(active, "viewer").startswith("As viewer you see the state.")


def test_what_a_limit_tightened_only_an_admin_ends() -> None:
    """Choosing the same state again would end the limit's word, so it is no tightening."""
    tightened = moves(status(tightened=(LOSS,)))
    assert verbs(offered(tightened, "trader")) == ["HALT"]
    assert verbs(offered(tightened, "admin")) == ["HALT", "REDUCE", "RESUME"]
    assert "It ends what limits have tightened" in " ".join(tightened[1].question.effects)


def test_a_question_tells_the_effect_and_the_word() -> None:
    """Before a change its effect is said, also where the document holds it back."""
    resume = moves(status(HALTED, declared=REDUCING))[-1].question
    assert (resume.title, resume.word, resume.button) == ("Resume trading", "RESUME", "RESUME")
    assert resume.effects[0] == "Trading goes from Halted to Reducing."
    assert "The document declares Reducing" in resume.effects[-1]
    assert resume.done == "Trading is Reducing."


def test_all_that_has_a_say_is_shown() -> None:
    """Document, person and limits, each with its own word and reason."""
    shown = sources(status(HALTED, declared=REDUCING, tightened=(LOSS,)))
    assert [source.word for source in shown] == ["Reducing", "Halted", "Reducing"]
    assert shown[2].note == "The loss of the session is above its limit, until the next session"
    assert [source.word for source in sources(status())] == ["\N{EM DASH}", "Active", "\N{EM DASH}"]


@pytest.mark.parametrize(("count", "told"), [(1, "1 order update is put aside"), (2, "2 order updates are put aside")])
def test_what_is_put_aside_has_a_say_too(count: int, told: str) -> None:
    """Nobody has chosen Reducing then and nobody can end it here: header and page say where it ends."""
    held = replace(status(), effective=REDUCING, orders_put_aside=count)
    assert [source.word for source in sources(held)][1:] == ["Active", "\N{EM DASH}", "Reducing"]
    assert sources(held)[-1].note == f"{told}: see the page Dead letters."
    assert told in badge(held).reason


def test_a_line_of_the_history_has_who_when_and_why() -> None:
    """As the audit has it."""
    row = past_state(PastChange(number=3, who="ada", when=START, why="news", effective=HALTED), UTC)
    assert (row.key, row.word, row.who, row.why) == ("3", "HALTED", "ada", "news")
    assert row.when.exact == "2026-03-02 15:00:00.000 UTC"


states = st.sampled_from(list(TradingState))


@given(states, st.none() | states, st.sampled_from([(), (LOSS,)]))
def test_nothing_is_offered_that_is_then_refused(
    chosen: TradingState, declared: TradingState | None, tightened: tuple[Tightening, ...]
) -> None:
    """Whatever a trader is offered, the Risk Guardian's own rule lets a trader do."""
    before = real.TradingStatus(
        declared=real.TradingState(declared) if declared else None,
        chosen=real.TradingState(chosen),
        tightened=tuple(
            real.Tightening(
                limit=one.limit,
                state=real.TradingState(one.state),
                session="2026-03-02",
                resume_at_open=True,
                change=real.Change(who="a", when=START, why="b"),
            )
            for one in tightened
        ),
    )
    for move in offered(moves(status(chosen, declared=declared, tightened=tightened)), "trader"):
        change = real.Change(who="ada", when=START, why="c")
        after = real.choose(before, real.TradingState(move.state), change, session=None)
        assert is_tightening(before, after)

"""What the console decodes, against what the services encode: the two are written apart and must not drift."""

import msgspec
import pytest

from stockbot.model.risk import decide, trading_state
from stockbot.risk_guardian import answers, decision_rows, trading_state_rows, views
from stockbot.strategy_orchestrator import items, store
from stockbot_console import guardian_answers, orchestrator_answers

PAIRS = (
    (guardian_answers.TradingStatus, answers.StateAnswer),
    (guardian_answers.CheckAnswer, answers.CheckAnswer),
    (guardian_answers.Change, trading_state.Change),
    (guardian_answers.Tightening, trading_state.Tightening),
    (guardian_answers.PastChange, trading_state_rows.StateChange),
    (guardian_answers.LimitUse, views.LimitUse),
    (guardian_answers.Exposure, views.Exposure),
    (guardian_answers.Verdict, decision_rows.DecisionItem),
    (guardian_answers.Judgement, decide.Judgement),
    (orchestrator_answers.Strategy, items.StrategyItem),
    (orchestrator_answers.StrategyDetail, items.StrategyDetail),
    (orchestrator_answers.SymbolRun, items.RunItem),
    (orchestrator_answers.ShardState, items.ShardItem),
    (orchestrator_answers.SignalEntry, store.SignalItem),
)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[ours.__name__ for ours, _ in PAIRS])
def test_every_field_that_is_read_is_written(ours: type[msgspec.Struct], theirs: type[msgspec.Struct]) -> None:
    """A field that a service renames is noticed here, before a page is empty."""
    written = {field.encode_name for field in msgspec.structs.fields(theirs)}
    assert {field.encode_name for field in msgspec.structs.fields(ours)} <= written


def test_the_trading_states_are_the_same() -> None:
    """In the same order, which is that of their strictness."""
    assert [state.value for state in guardian_answers.TradingState] == [one.value for one in trading_state.TradingState]

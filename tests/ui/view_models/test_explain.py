"""Why there was an order, or why not."""

from datetime import UTC
from typing import Any

import msgspec
import pytest

from stockbot.events.trading import Flattening
from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import details, entries, executions, orders, signals_with_quotes
from stockbot.testing.trading_scenes import decisions, judgement
from stockbot_console.answers import Failure
from stockbot_console.bookkeeper_answers import Entry
from stockbot_console.chain import Chain
from stockbot_console.engine_answers import Fill, Order, OrderDetail
from stockbot_console.guardian_answers import DecisionDetail, Figures, Verdict
from stockbot_console.orchestrator_answers import SignalEntry
from stockbot_console.view_models.explain import Story, stories, unknown_parts

SILENT = Failure(reason="It does not answer.", remedy="Start it.")


def converted(items: list[dict[str, Any]], kind: Any, chain: str) -> Any:
    found = [one for one in items if one["correlationid"] == chain]
    return tuple(msgspec.convert(one, kind, from_attributes=True, strict=False) for one in found)


def chain(name: str, **changes: Any) -> Chain:
    found: tuple[Order, ...] = converted(orders(START), Order, name)
    known = {
        one.client_order_id: msgspec.convert(
            {"order": msgspec.to_builtins(one)} | msgspec.to_builtins(details(START)[one.client_order_id]), OrderDetail
        )
        for one in found
    }
    made = Chain(
        signals=converted(signals_with_quotes(START), SignalEntry, name),
        decisions=converted(decisions(START), Verdict, name),
        orders=found,
        fills=converted(executions(START), Fill, name),
        entries=converted(entries(START), Entry, name),
        details=known,
    )
    return msgspec.structs.replace(made, **changes)


def story(name: str, **changes: Any) -> Story:
    (only,) = stories(chain(name, **changes), UTC)
    return only


def test_a_flatten_is_a_person_s_wish_for_the_strategy() -> None:
    """The signal has the strategy's name, and it did not ask."""
    (entry,) = chain("chain-s2").signals  # type: ignore[misc] # no Failure here
    closed = msgspec.structs.replace(entry.signal, flatten=Flattening.ASKED)
    told = story("chain-s2", signals=(msgspec.structs.replace(entry, signal=closed),))
    assert told.steps[1].title == "A person wished to buy 10, for trend"


def test_a_fill_is_explained_back_to_its_tick() -> None:
    """Tick, signal, decision, order, and each fill with its entry, in the order of their times."""
    told = story("chain-s2")
    assert [step.name for step in told.steps] == [
        "Tick", "Signal", "Risk", "Order", "Fill", "Ledger", "Fill", "Ledger",
    ]  # fmt: skip
    assert [step.after for step in told.steps] == [
        "", "24 ms", "1.00 s", "6 ms", "120 ms", "15 ms", "195 ms", "15 ms",
    ]  # fmt: skip
    assert (told.title, told.strategy, told.word, told.took) == ("buy 10", "trend", "FILLED", "1.38 s")


def test_the_tick_says_where_it_came_from_and_how_old_it_was() -> None:
    """Provenance and age are those of the quote in the signal."""
    tick = story("chain-s2").steps[0]
    facts = dict(tick.facts)
    assert (facts["Source"], facts["Last"]) == ("demo", "187.45")
    assert facts["Made"].endswith("180 ms before it came")


def test_a_denial_is_explained_as_well() -> None:
    """With every reason and its numbers, and that nothing was sent."""
    told = story("chain-s5")
    assert told.word == "DENIED"
    risk, order = told.steps[2:]
    assert risk.sentences[0] == "The free cash does not cover it: needed 37,518.20, free 12,480.55"
    assert order.title == "No order was made"


def test_what_is_not_decided_yet_is_waited_for() -> None:
    """Nothing is claimed about an order."""
    told = story("chain-s6", orders=(), details={})
    assert told.word == "UNDECIDED"
    assert [step.title for step in told.steps[2:]] == ["Risk has not answered yet"]


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("decisions", "What risk decided is not known"),
        ("orders", "Whether there is an order is not known"),
        ("entries", "Whether it is booked is not known"),
    ],
)
def test_a_service_that_is_silent_leaves_its_part_unknown(part: str, title: str) -> None:
    """The others are told, and the silence is said once."""
    without = {"orders": ()} if part == "decisions" else {}
    told = chain("chain-s2", **(without | {part: SILENT}))
    if part == "orders":
        told = msgspec.structs.replace(told, fills=SILENT, entries=())
    (only,) = stories(told, UTC)
    assert title in [step.title for step in only.steps]
    assert unknown_parts(told) == ("It does not answer. Start it.",)


def test_a_fill_that_is_not_booked_is_waited_for() -> None:
    """The ledger comes last."""
    told = story("chain-s2", entries=())
    assert (told.steps[-1].name, told.steps[-1].title) == ("Ledger", "Not booked yet")


def test_an_entry_names_the_side_of_each_line() -> None:
    """Debits and credits balance, and no sign has to be guessed: what a purchase costs is a credit of cash."""
    (entry, *_) = [step for step in story("chain-s2").steps if step.name == "Ledger"]
    sides = {where.partition(" ")[0]: amount.rpartition(" ")[2] for where, _, amount in entry.lines}
    assert (sides["cash"], sides["positions"]) == ("credit", "debit")


def test_a_persons_order_is_explained_from_its_approval() -> None:
    """The orchestrator has no signal of it."""
    told = story("chain-s2", signals=())
    assert told.steps[1].title == "trend wished to buy 10"
    assert told.steps[1].when is None


def test_a_persons_order_that_was_denied_is_explained_from_the_inputs() -> None:
    """With the checks, where the guardian keeps them, those that failed first."""
    (verdict,) = converted(decisions(START), Verdict, "chain-s5")
    (asked,) = converted(signals_with_quotes(START), SignalEntry, "chain-s5")
    checks = [judgement("A", sentence="All is well."), judgement("B", passed=False, detail="x=1", sentence="It fails.")]
    detail = DecisionDetail(
        decision=verdict,
        inputs=Figures(signal=asked.signal, trading_state="Active", quote=asked.signal.quotes[0]),
        checks=msgspec.convert(checks, type=DecisionDetail.__annotations__["checks"]),
    )
    told = story("chain-s5", signals=(), reasons={verdict.decision_id: detail})
    risk = next(step for step in told.steps if step.name == "Risk")
    assert dict(risk.facts)["Trading"] == "Active"
    assert dict(risk.facts)["Price then"] == "875.28, 1.02 s old"
    assert [word for word, _, _ in risk.findings] == ["fails", "passes"]


def test_each_signal_of_a_tick_has_its_own_story() -> None:
    """One tick may lead several strategies to signals; one of them may be chosen."""
    both = chain("chain-s2")
    other = chain("chain-s5")
    merged = msgspec.structs.replace(
        both,
        signals=(*other.signals, *both.signals),  # type: ignore[misc] # both are known
        decisions=(*both.decisions, *other.decisions),  # type: ignore[misc] # both are known
    )
    assert [one.key for one in stories(merged, UTC)] == ["s2", "s5"]
    (chosen,) = stories(merged, UTC, "s5")
    assert chosen.word == "DENIED"


def test_an_order_from_elsewhere_has_a_story_without_a_signal() -> None:
    """Placed by hand at the broker: nobody approved it here."""
    (order,) = converted(orders(START), Order, "chain-s2")
    foreign = msgspec.structs.replace(order, signal_id=None, decision_id=None, strategy="external")
    told = story("chain-s2", signals=(), decisions=(), orders=(foreign,), details={})
    assert [step.name for step in told.steps][:2] == ["Order", "Fill"]
    assert told.strategy == "a person, at the broker"

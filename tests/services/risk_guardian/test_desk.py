"""A batch of signals in one transaction, on both databases."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select
from tests.services.risk_guardian.conftest import Parts, market, order_update, signal

from stockbot.errors import Conflict, MalformedEvent
from stockbot.events.identity import digest_of
from stockbot.events.streams import ALERTS, APPROVALS, BLOCKS, ORDERS
from stockbot.events.trading import Intent, OrderApproved, OrderState, OrderTerms, OrderType, RiskBlock, Side
from stockbot.model.risk.decide import Approved, decide
from stockbot.model.risk.inputs import from_json
from stockbot.model.risk.trading_state import Change, TradingState
from stockbot.risk_guardian import decision_rows, store, trading_state_rows
from stockbot.risk_guardian.decision_rows import DecisionItem, Outcome, Wanted
from stockbot.risk_guardian.state_changes import declare_state
from stockbot.risk_guardian.tables import DEAD_LETTERS, DECISIONS
from stockbot.runtime.lease import Lease
from stockbot.testing.clock import START


async def decisions(parts: Parts, **wanted: object) -> list[DecisionItem]:
    """All decisions, the oldest first."""
    found = await parts.database.read(lambda c: decision_rows.listed(c, Wanted(limit=1000, **wanted)))  # type: ignore[arg-type] # names of its fields
    return found[::-1]


async def test_an_approval_is_held_stored_and_told(parts: Parts) -> None:
    """One signal: its decision row, what it holds, and one ORDER_APPROVED that names its cause."""
    await parts.decide(signal())
    (decision,) = await decisions(parts)
    assert (decision.outcome, decision.symbol, decision.quantity) == (Outcome.APPROVED, "AAPL", Decimal(10))
    assert decision.expires_at == START + timedelta(seconds=10)
    (event,) = await parts.told(APPROVALS)
    assert isinstance(event, OrderApproved)
    assert (event.correlationid, event.causationid, event.subject) == ("chain-1", "signal-1", "AAPL")
    assert (event.data.decision_id, event.data.held) == (decision.decision_id, decision.held)
    accounts = await parts.database.read(store.accounts)
    assert list(accounts["paper"].account.holds) == [decision.decision_id]
    assert await parts.told(BLOCKS) == []


async def test_the_row_knows_the_approval_that_was_published(parts: Parts) -> None:
    """What arrives by the bus can be compared with the row: the same digest, and none where nothing was approved."""
    await parts.decide(
        signal(1, indicators={"fast": 101.125, "slow": 99.0}, quotes=(parts.market.quotes["AAPL"],)),
        signal(2, symbol="TSLA"),
    )
    (event,) = await parts.told(APPROVALS)
    assert isinstance(event, OrderApproved)
    statement = select(DECISIONS.c.approval_digest).order_by(DECISIONS.c.number)
    digests = await parts.database.read(lambda c: c.execute(statement).scalars().all())
    assert digests == [digest_of(event.data), None]


async def test_a_denial_goes_back_with_every_reason(parts: Parts) -> None:
    """A signal for an unknown symbol and too much of it is blocked, and both reasons are told and stored."""
    await parts.decide(signal(symbol="TSLA", quantity=Decimal(10_000)))
    (decision,) = await decisions(parts)
    (event,) = await parts.told(BLOCKS)
    assert isinstance(event, RiskBlock)
    assert event.data.reasons == decision.reasons
    assert {"INSTRUMENT_NOT_FOUND", "PRICE_MISSING"} <= {reason.code for reason in decision.reasons}
    assert (decision.outcome, decision.quantity, decision.expires_at) == (Outcome.DENIED, None, None)


async def test_a_signal_is_decided_once(parts: Parts) -> None:
    """Again in the same batch, and again later under other prices: one decision, one event, one hold."""
    await parts.decide(signal(), signal())
    parts.market = market(START, AAPL="50")
    await parts.decide(signal())
    assert len(await decisions(parts)) == len(await parts.told(APPROVALS)) == 1
    assert await parts.told(ALERTS) == []


async def test_other_content_under_the_same_id_is_told(parts: Parts) -> None:
    """The first wins; a person hears of the second."""
    await parts.decide(signal())
    await parts.decide(signal(quantity=Decimal(20)))
    (decision,) = await decisions(parts)
    assert decision.quantity == 10
    (alert,) = await parts.told(ALERTS)
    assert alert.correlationid != ""
    assert "signal-1" in msgspec.json.encode(alert.data).decode()


async def test_stored_inputs_give_the_stored_decisions(parts: Parts) -> None:
    """Whoever decides again from what is stored comes to the same answer, approved or denied."""
    parts.limits = msgspec.structs.replace(parts.limits, max_orders_per_minute_per_strategy=3)
    await parts.decide(*(signal(number) for number in range(6)), signal(7, symbol="TSLA"))
    rows = await parts.database.read(lambda c: c.execute(select(DECISIONS)).all())
    assert {row.outcome for row in rows} == {"approved", "denied"}
    for row in rows:
        answer = decide(from_json(bytes(row.inputs)))
        if isinstance(answer, Approved):
            assert (row.outcome, row.quantity, row.held) == ("approved", answer.approval.quantity, answer.approval.held)
        else:
            assert (row.outcome, bytes(row.reasons)) == ("denied", msgspec.json.encode(answer.denial.reasons))


async def test_nothing_passes_while_halted(parts: Parts) -> None:
    """The state in the row is the state that the batch is decided under."""
    halt = Change(who="anna", when=START, why="a test")
    await parts.database.run(lambda c: declare_state(c, parts.publisher, TradingState.HALTED, halt))
    await parts.decide(signal())
    (decision,) = await decisions(parts)
    assert [reason.code for reason in decision.reasons] == ["TRADING_HALTED"]


async def test_order_updates_put_aside_let_only_reductions_pass(parts: Parts) -> None:
    """What the account holds is not certain then; resolved by a person, orders pass again."""
    letter = {
        "letter_id": "x",
        "stream": ORDERS,
        "consumer": "risk-guardian",
        "reason": "not an event",
        "document": b"?",
        "received_at": START,
    }
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.insert().values(letter)))
    await parts.decide(signal(1))
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.update().values(resolved_at=START)))
    await parts.decide(signal(2))
    first, second = await decisions(parts)
    assert [reason.code for reason in first.reasons] == ["TRADING_REDUCING"]
    assert second.outcome is Outcome.APPROVED


async def test_a_cancel_passes_by(parts: Parts) -> None:
    """Nothing is decided, held or told about it, and the signals around it are decided as ever."""
    await parts.decide(signal(1), signal(2, intent=Intent.CANCEL, order="order-1"), signal(3))
    assert [decision.signal_id for decision in await decisions(parts)] == ["signal-1", "signal-3"]
    assert len(await parts.told(APPROVALS)) == 2
    assert await parts.told(BLOCKS) == await parts.told(ALERTS) == []


REPLACE: dict[str, Any] = {
    "intent": Intent.REPLACE,
    "order": "order-1",
    "side": None,
    "quantity": None,
    "terms": OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(102)),
}


async def test_a_replace_holds_beside_its_order_until_the_broker_has_answered(parts: Parts) -> None:
    """What is left of the order goes on at the new terms; the greater hold counts, and a second replace waits."""
    await parts.decide(signal(1))
    (first,) = await decisions(parts)
    await parts.report(
        order_update(1, state=OrderState.ACCEPTED, decision_id=first.decision_id),
        order_update(2, state=OrderState.PARTIALLY_FILLED, filled=4, fill=(4, "100"), decision_id=first.decision_id),
    )
    await parts.decide(signal(2, **REPLACE), signal(3, **REPLACE))
    _, second, third = await decisions(parts)
    assert (second.outcome, second.side, second.quantity) == (Outcome.APPROVED, "buy", Decimal(6))
    assert [reason.code for reason in third.reasons] == ["ORDER_NOT_REPLACEABLE"]
    event = (await parts.told(APPROVALS))[-1]
    assert isinstance(event, OrderApproved)
    assert (event.data.replaces, event.data.terms.limit_price) == ("order-1", Decimal(102))
    docket = await parts.database.read(parts.desk.docket)
    assert docket.accounts["paper"].lines["AAPL"].book.leaves(Side.BUY) == 6
    await parts.report(
        order_update(3, state=OrderState.ACCEPTED, order="order-2", quantity=6, decision_id=second.decision_id),
        order_update(4, state=OrderState.CANCELED, filled=4, decision_id=first.decision_id),
    )
    accounts = await parts.database.read(store.accounts)
    assert {key: kept.leaves for key, kept in accounts["paper"].account.holds.items()} == {"order-2": Decimal(6)}


async def test_a_refused_replace_leaves_its_order_as_it_was(parts: Parts) -> None:
    """The broker's no frees what the new terms needed beyond the old ones, and another replace may be asked for."""
    await parts.decide(signal(1))
    (first,) = await decisions(parts)
    await parts.report(order_update(1, state=OrderState.ACCEPTED, decision_id=first.decision_id))
    before = (await parts.database.read(store.accounts))["paper"].account.holds["order-1"]
    await parts.decide(signal(2, **REPLACE))
    *_, second = await decisions(parts)
    await parts.report(order_update(2, state=OrderState.REJECTED, order="order-2", decision_id=second.decision_id))
    holds = (await parts.database.read(store.accounts))["paper"].account.holds
    assert holds == {"order-1": replace(before, group="order-1")}
    await parts.decide(signal(3, **REPLACE))
    assert (await decisions(parts))[-1].outcome is Outcome.APPROVED


@pytest.mark.parametrize("changes", [{"strategy": "other"}, {"symbol": "MSFT"}, {"order": "order-9"}])
async def test_only_an_own_working_order_is_replaced(parts: Parts, changes: dict[str, str]) -> None:
    """Another strategy's order, another symbol's and one that nobody knows are left alone."""
    await parts.decide(signal(1))
    (first,) = await decisions(parts)
    await parts.report(order_update(1, state=OrderState.ACCEPTED, decision_id=first.decision_id))
    await parts.decide(signal(2, **(REPLACE | changes)))
    *_, second = await decisions(parts)
    assert "ORDER_NOT_REPLACEABLE" in [reason.code for reason in second.reasons]
    assert [type(event) for event in await parts.told(BLOCKS)] == [RiskBlock]


async def test_without_the_lease_nothing_is_written(parts: Parts) -> None:
    """A process whose place another has taken cannot commit a decision."""
    other = Lease(parts.lease._table, parts.lease.name, "other", seconds=15)
    await parts.lease.release(parts.database)
    assert await other.acquire(parts.database)
    with pytest.raises(Conflict):
        await parts.decide(signal())
    assert await decisions(parts) == []


async def test_what_is_no_signal_is_refused(parts: Parts) -> None:
    """Another event on the stream is put aside by the worker, with this reason."""
    with pytest.raises(MalformedEvent, match="OrderUpdate does not belong"):
        await parts.decide(order_update(1, state=OrderState.ACCEPTED))


async def test_decisions_are_listed_newest_first_and_filtered(parts: Parts) -> None:
    """By outcome, strategy and chain, from behind a number on."""
    await parts.decide(signal(1), signal(2, symbol="TSLA"), signal(3, strategy="other"))
    first, _, third = await decisions(parts)
    assert [item.signal_id for item in await decisions(parts, outcome=Outcome.DENIED)] == ["signal-2"]
    assert [item.signal_id for item in await decisions(parts, strategy="other")] == ["signal-3"]
    assert [item.signal_id for item in await decisions(parts, correlationid="chain-1")] == ["signal-1"]
    assert [item.number for item in await decisions(parts, before=third.number)][0:1] == [first.number]


async def test_orders_of_the_last_minute_count(parts: Parts) -> None:
    """The rate is counted over decisions in SQL, so a restart does not forget it; after a minute it is free again."""
    parts.limits = replace(parts.limits, max_orders_per_minute=1)
    await parts.decide(signal(1))
    await parts.decide(signal(2))
    later = START + timedelta(seconds=61)
    parts.market = market(later)
    await parts.decide(signal(3, at=later))
    outcomes = [item.outcome for item in await decisions(parts)]
    assert outcomes == [Outcome.APPROVED, Outcome.DENIED, Outcome.APPROVED]


async def test_the_trading_state_is_read_without_being_written(parts: Parts) -> None:
    """Where nothing was ever said the state is Active, and asking leaves no row behind."""
    status = await parts.database.read(trading_state_rows.read)
    assert status.effective is TradingState.ACTIVE
    assert await parts.database.read(lambda c: trading_state_rows.history(c, 10, None)) == []

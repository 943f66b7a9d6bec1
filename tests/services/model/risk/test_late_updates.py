"""Order updates that were put aside and are replayed late: no hold stays for ever, and no fill is counted twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.trading import Execution, OrderReport, OrderState, Side
from stockbot.model.risk.account import Account, Hold, apply_order_update, forget_missing, hold
from stockbot.testing.clock import START as NOW

KEPT = Hold(
    strategy="trend", symbol="AAPL", side=Side.BUY, quantity=Decimal(10), per_share=Decimal(100), fee=Decimal(5)
)
APPROVED = hold(Account(name="paper"), "decision-1", KEPT)

Updates = list[tuple[int, OrderReport]]


def report(
    state: OrderState, filled: int = 0, fill: int = 0, *, order: str = "order-1", decision: str | None = "decision-1"
) -> OrderReport:
    execution = fill and Execution(
        execution_id=f"{order}-{filled}", quantity=Decimal(fill), price=Decimal(100), fee=Decimal(1), executed_at=NOW
    )
    return OrderReport(
        account="paper",
        client_order_id=order,
        decision_id=decision,
        strategy="trend",
        symbol="AAPL",
        side=Side.BUY,
        state=state,
        quantity=Decimal(10),
        filled_quantity=Decimal(filled),
        execution=execution or None,
    )


ACCEPTED = report(OrderState.ACCEPTED)
PARTLY = report(OrderState.PARTIALLY_FILLED, 4, 4)
FILLED = report(OrderState.FILLED, 10, 6)
CANCELED = report(OrderState.CANCELED, 4)


def after(account: Account, *updates: tuple[int, OrderReport]) -> Account:
    for sequence, one in updates:
        account = apply_order_update(account, one, sequence)
    return account


@pytest.mark.parametrize(
    "updates",
    [
        [(2, FILLED), (1, PARTLY)],
        [(2, PARTLY), (3, FILLED), (1, ACCEPTED)],
        [(1, ACCEPTED), (3, CANCELED), (2, PARTLY)],
        [(1, ACCEPTED), (2, PARTLY), (4, report(OrderState.ACCEPTED, order="other", decision=None)), (3, CANCELED)],
    ],
)
def test_nothing_is_held_for_an_order_that_has_ended(updates: Updates) -> None:
    """Whichever of its reports comes last, an ended order whose fills are all known holds nothing."""
    account = after(APPROVED, *updates)
    assert {"order-1", "decision-1"} & account.holds.keys() == set()
    assert account.missing == ()


def test_a_missing_fill_stays_held_until_it_comes() -> None:
    """An ended order keeps what its missing fill cost; the fill moves it to spent."""
    account = after(APPROVED, (1, ACCEPTED), (3, CANCELED))
    assert account.holds["order-1"].leaves == 4
    account = after(account, (2, PARTLY))
    assert not account.holds
    assert [fill.quantity for fill in account.fills] == [4]


def test_a_late_update_counts_once() -> None:
    """The second replay of a report, and one that follows a person's word, change nothing."""
    account = after(APPROVED, (1, ACCEPTED), (3, FILLED), (2, PARTLY))
    assert after(account, (2, PARTLY)) is account
    waiting = after(APPROVED, (1, ACCEPTED), (3, FILLED))
    resolved = forget_missing(waiting)
    assert after(resolved, (2, PARTLY)) is resolved
    assert forget_missing(resolved) is resolved


def test_a_late_first_report_of_an_order_opens_its_hold() -> None:
    """Nothing else is known of an order by hand: what it may still trade is held from then on."""
    by_hand = report(OrderState.ACCEPTED, order="by-hand", decision=None)
    account = after(Account(name="paper"), (2, report(OrderState.ACCEPTED, order="other", decision=None)), (1, by_hand))
    assert account.holds["by-hand"].leaves == 10


def lives(order: str, decision: str | None) -> st.SearchStrategy[list[OrderReport]]:
    """All that an order reports: accepted, some fills, and perhaps an end."""

    def life(fills: list[int], end: OrderState | None) -> list[OrderReport]:
        reports, filled = [report(OrderState.ACCEPTED, order=order, decision=decision)], 0
        for fill in fills:
            filled += fill
            state = OrderState.FILLED if filled == 10 else OrderState.PARTIALLY_FILLED
            reports.append(report(state, filled, fill, order=order, decision=decision))
        if end is not None and filled < 10:
            reports.append(report(end, filled, order=order, decision=decision))
        return reports

    fills = st.lists(st.integers(1, 5), max_size=2) | st.just([4, 6])
    return st.builds(life, fills, st.sampled_from([None, OrderState.CANCELED, OrderState.EXPIRED]))


@given(st.data())
def test_any_updates_may_come_late_in_any_order(data: st.DataObject) -> None:
    """Put aside whichever and replay them as you like: holds and fills end as if all had come in their order."""
    orders = [data.draw(lives(f"order-{n}", decision)) for n, decision in enumerate(["decision-1", None])]
    told: list[OrderReport] = []
    while waiting := [reports for reports in orders if reports]:
        told.append(data.draw(st.sampled_from(waiting)).pop(0))
    numbered = list(enumerate(told, 1))
    late = data.draw(st.sets(st.sampled_from(numbered[:-1]) if numbered[:-1] else st.nothing()).map(sorted_updates))
    replayed = data.draw(st.permutations(late))
    in_order = after(APPROVED, *numbered)
    account = after(APPROVED, *(update for update in numbered if update not in late), *replayed)
    assert account.holds == in_order.holds
    assert sorted(fill.sequence for fill in account.fills) == [fill.sequence for fill in in_order.fills]
    assert (account.missing, account.since) == ((), {})


def sorted_updates(updates: set[tuple[int, OrderReport]]) -> Updates:
    return sorted(updates, key=lambda update: update[0])

"""The intake: approvals become intents, each once, in one transaction with the check of everything that counts.

Used by the worker of stockbot:approvals. It sends nothing: the dispatcher does, once the intent is committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.errors import MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.identity import digest_of
from stockbot.events.trading import Approval, OrderApproved, OrderState, OrderTerms
from stockbot.execution_engine import account_rows, alerts, risk_rows, watch_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.desk import Desk, Holdings
from stockbot.model.orders.acts import inheriting
from stockbot.model.orders.admission import Approved, Decision, Forged, Refused, Surroundings, admit
from stockbot.model.orders.ids import Origin, client_order_id
from stockbot.model.orders.order import Order

ENTRY = 0  # the leg of the order that was approved itself

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Intake:
    """`handle` is the worker's; `follow` is told which service the approvals come from."""

    desk: Desk
    follow: Callable[[str], None]

    def handle(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Take a batch of approvals; one that was taken before changes nothing."""
        approvals = [_approval(event) for event in events]
        blotter = self.desk.blotter(connection)
        blotter.load_open({event.data.signal.symbol for event in approvals})
        blotter.load(event.data.replaces for event in approvals if event.data.replaces is not None)
        orders = [self._order(blotter, event) for event in approvals]
        blotter.load(order.client_order_id for order in orders)
        decisions = risk_rows.decisions(connection, {event.data.decision_id for event in approvals})
        around, holdings = self.desk.surroundings(blotter), Holdings(blotter)
        for event, order in zip(approvals, orders, strict=True):
            decision, known = decisions.get(event.data.decision_id), blotter.orders.get(order.client_order_id)
            if known is None:
                self._take(blotter, event.data, order, decision, around, holdings)
            elif is_late(known, event.correlationid, decision):
                blotter.claim(known, event.correlationid, exits_of(event.data, decision))
        blotter.close()
        genuine = [event.source for event in approvals if event.data.decision_id in decisions]
        if genuine:
            account_rows.keep_risk_source(connection, self.desk.account, genuine[-1])
            self.follow(genuine[-1])

    def _take(
        self,
        blotter: Blotter,
        approval: Approval,
        order: Order,
        decision: Decision | None,
        around: Surroundings,
        holdings: Holdings,
    ) -> None:
        book = holdings.book(approval.signal.symbol, approval.side, approval.replaces)
        answer = admit(approval, digest_of(approval), decision, around, book)
        if approval.signal.account != self.desk.account:
            answer = Forged(f"it is for account {approval.signal.account}, this platform trades {self.desk.account}")
        if isinstance(answer, Forged):
            self._report(blotter, approval, answer)
            return
        if isinstance(answer, Approved):
            answer = self._misplaced(blotter, approval) or answer
        blotter.add(_decided(order, answer), approval)

    def _misplaced(self, blotter: Blotter, approval: Approval) -> Refused | None:
        """What this engine cannot do with an approval, however right it is."""
        if approval.replaces is None:
            return None
        replaced = blotter.orders.get(approval.replaces)
        if replaced is None or not replaced.is_open or not replaced.is_at_broker or replaced.replacing is not None:
            return Refused(OrderState.REJECTED, f"{approval.replaces}, which it would replace, is not open")
        if replaced.flatten is not None:
            return Refused(OrderState.REJECTED, f"{approval.replaces}, which it would replace, is a person's flatten")
        return None

    def _order(self, blotter: Blotter, event: OrderApproved) -> Order:
        approval, replaced = event.data, blotter.orders.get(event.data.replaces or "")
        leg, revision = (ENTRY, 0) if replaced is None else (replaced.leg, replaced.revision + 1)
        return Order(
            account=approval.signal.account,
            client_order_id=order_id(approval.signal.strategy, approval.signal_id, leg, revision),
            strategy=approval.signal.strategy,
            symbol=approval.signal.symbol,
            side=approval.side,
            quantity=approval.quantity,
            terms=approval.terms if replaced is None else inheriting(approval.terms, replaced.terms),
            correlationid=event.correlationid,
            causationid=event.id,
            traceparent=event.traceparent,
            decision_id=approval.decision_id,
            signal_id=approval.signal_id,
            leg=leg,
            revision=revision,
            reduction=approval.reduction,
            flatten=approval.signal.flatten or None,
            replaces=approval.replaces,
            expires_at=approval.expires_at,
            created_at=blotter.now,
            updated_at=blotter.now,
        )

    def _report(self, blotter: Blotter, approval: Approval, forged: Forged) -> None:
        logger.error("approval not followed", decision=approval.decision_id, reason=forged.reason)
        if watch_rows.add_trouble(blotter.connection, "forged", approval.decision_id, forged.reason, blotter.now):
            blotter.alert(alerts.of_forgery(approval.decision_id, forged.reason))


def order_id(strategy: str, signal_id: str, leg: int, revision: int) -> str:
    """The client order id: the same for the same signal, leg and revision, whoever makes it and when."""
    return client_order_id(Origin(strategy=strategy, signal_id=signal_id, leg=leg, revision=revision))


def is_late(known: Order, correlationid: str, decision: Decision | None) -> bool:
    """Whether the approval of an adopted order has come, made again after a restore, and nobody was told of it."""
    return known.adopted and decision is not None and known.correlationid != correlationid


def exits_of(approval: Approval, decision: Decision | None) -> OrderTerms:
    """The terms that risk decided, for their exits; none where the approval is not the one that it decided."""
    is_decided = decision is not None and decision.digest == digest_of(approval)
    return approval.terms if is_decided else OrderTerms()


def _approval(event: AnyEvent) -> OrderApproved:
    if not isinstance(event, OrderApproved):
        raise MalformedEvent(f"{type(event).__name__} does not belong on the stream of approvals")
    return event


def _decided(order: Order, answer: Approved | Refused) -> Order:
    if isinstance(answer, Approved):
        return order
    return replace(order, own=answer.state, reason=answer.reason)

"""The desk: decides each signal of a batch once, in one transaction with all that follows from it.

Used by the worker of stockbot:signals, and by the API for the what-if question, which decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from stockbot.errors import MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert
from stockbot.events.identity import digest_of
from stockbot.events.trading import Intent, SignalGenerated
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.trading_state import TradingStatus
from stockbot.risk_guardian import alerts, decision_rows, store, trading_state_rows
from stockbot.risk_guardian.account_state import AccountState
from stockbot.risk_guardian.decision_rows import Earlier
from stockbot.risk_guardian.docket import Decision, Docket
from stockbot.risk_guardian.market import Market
from stockbot.risk_guardian.publisher import Publisher

MINUTE = timedelta(minutes=1)

Made = list[tuple[SignalGenerated, Decision]]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`fence` raises where this process may not write; `market` gives what is known of it now.

    `decided` is told of decisions that the transaction will commit.
    """

    limits: Limits
    market: Callable[[], Market]
    publisher: Publisher
    fence: Callable[[Connection], None]
    decided: Callable[[Made], None] = lambda made: None

    def handle(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Decide a batch of signals: decisions, holds and events; a signal decided before changes nothing.

        A cancel is taken in and not decided: the Execution Engine has it from the same stream, and nothing may stand
        between a strategy and less risk.
        """
        self.fence(connection)
        signals = [signal for event in events if (signal := _signal(event)).data.intent is not Intent.CANCEL]
        if not signals:
            return
        earlier = decision_rows.earlier(connection, {signal.id for signal in signals})
        stored = store.accounts(connection)
        docket = self._docket(connection, trading_state_rows.share(connection), stored)
        made, conflicts = _decide_all(docket, signals, earlier)
        decision_rows.add(connection, made)
        store.keep_accounts(connection, stored, docket.states(), docket.market.now)
        self.publisher.tell_decisions(connection, made, docket.market.now)
        self.publisher.tell_alerts(connection, conflicts, docket.market.now)
        self.decided(made)

    def docket(self, connection: Connection) -> Docket:
        """Accounts, market and counts as they are now. Writes nothing."""
        return self._docket(connection, trading_state_rows.read(connection), store.accounts(connection))

    def _docket(self, connection: Connection, status: TradingStatus, accounts: Mapping[str, AccountState]) -> Docket:
        market, state = self.market(), status.effective_with(store.orders_put_aside(connection))
        docket = Docket(market=market, limits=self.limits, trading_state=state)
        docket.open(accounts.values(), decision_rows.approved_since(connection, market.now - MINUTE))
        return docket


def _signal(event: AnyEvent) -> SignalGenerated:
    if not isinstance(event, SignalGenerated):
        raise MalformedEvent(f"{type(event).__name__} does not belong on the stream of signals")
    return event


def _decide_all(
    docket: Docket, signals: Sequence[SignalGenerated], earlier: dict[str, Earlier]
) -> tuple[Made, list[Alert]]:
    """The decisions, in order, and alerts about signals that came before with other content."""
    made: Made = []
    conflicts: list[Alert] = []
    for signal in signals:
        before, digest = earlier.get(signal.id), digest_of(signal.data)
        if before is None:
            decision = docket.decide(signal.id, signal.data, digest)
            earlier[signal.id] = Earlier(decision.inputs.decision_id, digest)
            made.append((signal, decision))
        elif before.signal_digest != digest:
            conflicts.append(alerts.of_conflict(signal, before.decision_id))
    return made, conflicts

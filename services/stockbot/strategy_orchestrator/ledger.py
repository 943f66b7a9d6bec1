"""Commits signals, progress and changes of state, each with its events, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.events.streams import ALERTS, SIGNALS
from stockbot.events.trading import Signal, SignalGenerated
from stockbot.runtime.outbox import Writer
from stockbot.strategy_orchestrator import register, store
from stockbot.strategy_orchestrator.desk import Progress
from stockbot.strategy_orchestrator.performance import Made
from stockbot.strategy_orchestrator.roster import Changes

logger = structlog.stdlib.get_logger(__name__)


class Ledger:
    """Writes under one source."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def open(self, connection: Connection, incarnation: str) -> None:
        """Make sure that both streams have a head: before the first append."""
        for stream in (SIGNALS, ALERTS):
            self.writer.open(connection, stream, incarnation)

    def write(
        self,
        made: Sequence[Made],
        progress: Mapping[store.Key, Progress | None],
        changes: Changes,
        now: datetime,
        connection: Connection,
    ) -> list[Signal]:
        """Write it all; returns the signals that were new."""
        fresh, conflicts = self._add(connection, made, now)
        self.writer.append(connection, SIGNALS, fresh, now)
        alerts = [*changes.alerts, *conflicts]
        self.writer.append(connection, ALERTS, [self._alert(alert, now) for alert in alerts], now)
        store.forget_progress(connection, changes.forgotten)
        store.set_progress(connection, {key: reached for key, reached in progress.items() if reached is not None})
        register.keep(connection, list(changes.standings.values()))
        return [event.data for event in fresh]

    def _add(
        self, connection: Connection, made: Sequence[Made], now: datetime
    ) -> tuple[list[SignalGenerated], list[Alert]]:
        """The signals that are new, and alerts of those that were there already and asked for something else."""
        fresh, conflicts = [], []
        for event in (self._event(each, now) for each in made):
            if store.add_signal(connection, event):
                fresh.append(event)
            elif asks(store.signals_of(connection, [event.id]).get(event.id)) != asks(event.data):
                conflicts.append(_conflict(event))
        return fresh, conflicts

    def _event(self, made: Made, now: datetime) -> SignalGenerated:
        return SignalGenerated(
            id=made.id,
            source=self.writer.source,
            time=now,
            subject=made.signal.symbol,
            correlationid=made.cause.correlationid,
            causationid=made.cause.id,
            data=made.signal,
        )

    def _alert(self, alert: Alert, now: datetime) -> ServiceAlert:
        event_id = f"{alert.fingerprint}/{now.isoformat()}/{'over' if alert.resolved else 'raised'}"
        return ServiceAlert(
            id=event_id,
            source=self.writer.source,
            time=now,
            subject=alert.fingerprint,
            correlationid=event_id,
            data=alert,
        )


def asks(signal: Signal | None) -> tuple[object, ...]:
    """What a signal asks for; the same wish at another price asks for the same."""
    if signal is None:
        return ()
    return signal.intent, signal.side, signal.quantity, signal.target, signal.order, signal.terms


def _conflict(event: SignalGenerated) -> Alert:
    signal = event.data
    return Alert(
        fingerprint=f"signal-conflict/{event.id}",
        severity=Severity.WARNING,
        title=f"The strategy {signal.strategy} signalled twice at one moment, and differently: the first signal stands",
        detail=f"signal {event.id} on {signal.symbol}, the second time: {signal.reason}"[:2000],
        labels={"strategy": signal.strategy, "symbol": signal.symbol},
    )

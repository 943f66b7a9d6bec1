"""What the Risk Guardian says to the platform, into the outbox: approvals, blocks and alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from stockbot.events.alerts import Alert, RiskAlert
from stockbot.events.identity import digest_of, id_of
from stockbot.events.streams import ALERTS, APPROVALS, BLOCKS
from stockbot.events.trading import OrderApproved, RiskBlock, SignalGenerated
from stockbot.model.risk.decide import Approved
from stockbot.risk_guardian.docket import Decision
from stockbot.runtime.outbox import Writer

STREAMS = (APPROVALS, BLOCKS, ALERTS)


class Publisher:
    """Appends to the outbox in the transaction of what it tells."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def open(self, connection: Connection) -> None:
        """Make sure that the streams have their heads: at start."""
        for stream in STREAMS:
            self.writer.open(connection, stream, uuid4().hex)

    def tell_decisions(
        self, connection: Connection, made: Sequence[tuple[SignalGenerated, Decision]], now: datetime
    ) -> None:
        """One ORDER_APPROVED or RISK_BLOCK for each decision, caused by its signal."""
        approvals: list[OrderApproved] = []
        blocks: list[RiskBlock] = []
        for signal, decision in made:
            envelope, answer = self._envelope(signal, decision, now), decision.answer
            if isinstance(answer, Approved):
                approvals.append(OrderApproved(**envelope, data=answer.approval))
            else:
                blocks.append(RiskBlock(**envelope, data=answer.denial))
        self.writer.append(connection, APPROVALS, approvals, now)
        self.writer.append(connection, BLOCKS, blocks, now)

    def tell_alerts(
        self, connection: Connection, alerts: Sequence[Alert], now: datetime, correlationid: str | None = None
    ) -> None:
        """One RISK_ALERT for each."""
        self.writer.append(connection, ALERTS, [self._alert(alert, now, correlationid) for alert in alerts], now)

    def _envelope(self, signal: SignalGenerated, decision: Decision, now: datetime) -> dict[str, Any]:
        return {
            "id": decision.inputs.decision_id,
            "source": self.writer.source,
            "time": now,
            "subject": signal.data.symbol,
            "correlationid": signal.correlationid,
            "causationid": signal.id,
            "traceparent": signal.traceparent,
        }

    def _alert(self, alert: Alert, now: datetime, correlationid: str | None) -> RiskAlert:
        event_id = id_of("alert", alert.fingerprint, now.isoformat(), digest_of(alert))
        return RiskAlert(
            id=event_id,
            source=self.writer.source,
            time=now,
            subject=alert.fingerprint,
            correlationid=correlationid or event_id,
            data=alert,
        )

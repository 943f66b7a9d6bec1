"""The Execution Engine's loops, and what they say about its readiness. Put together once, by the composition root."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from stockbot.errors import Unavailable
from stockbot.events.market import Quote
from stockbot.events.streams import APPROVALS, SIGNALS
from stockbot.events.trading import OrderState
from stockbot.execution_engine import account_rows, order_rows
from stockbot.execution_engine.bookings import Bookings
from stockbot.execution_engine.brackets import Brackets
from stockbot.execution_engine.broker_factory import Connected
from stockbot.execution_engine.cancels import Cancels
from stockbot.execution_engine.census import Census
from stockbot.execution_engine.closes import Closes
from stockbot.execution_engine.comparison import Comparison
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.dispatcher import Dispatcher
from stockbot.execution_engine.drain import IN_FLIGHT, Drain, in_flight
from stockbot.execution_engine.inquiries import Inquiries
from stockbot.execution_engine.intake import Intake
from stockbot.execution_engine.listener import Listener
from stockbot.execution_engine.market import Market
from stockbot.execution_engine.publisher import STREAMS, Publisher
from stockbot.execution_engine.reconciler import Reconciler
from stockbot.execution_engine.risk_alarm import RiskAlarm
from stockbot.execution_engine.risk_watch import RiskWatch
from stockbot.execution_engine.series import Series
from stockbot.execution_engine.settings import ExecutionSettings
from stockbot.execution_engine.tables import DEAD_LETTERS, HEARTBEATS, INBOX
from stockbot.execution_engine.tenure import Tenure
from stockbot.execution_engine.trading_hours import TradingHours
from stockbot.model.orders.order import Order
from stockbot.runtime.bus import WorkReader
from stockbot.runtime.duty import Duty
from stockbot.runtime.lease import Lease
from stockbot.runtime.relays import Relays
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.worker import Handler, Worker

GROUP = "execution-engine"
PATIENT_SECONDS = 10.0  # an approval waits so long for the first comparison with the broker: it lives no longer
TURNING = ("approvals", "dispatcher", "bookings", "cancels")  # the loops that readiness and liveness stand for
LONGEST_TURN = 15.0  # seconds; a loop that has not turned for so long does not work

logger = structlog.stdlib.get_logger(__name__)


@dataclass(kw_only=True)
class Engine:
    """One process of the service. It sends and books only while it holds the lease; its API answers in any case."""

    around: Surroundings
    settings: ExecutionSettings
    lease: Lease
    publisher: Publisher
    connected: Connected
    hours: TradingHours
    series: Series
    drain: Drain = field(default_factory=Drain)
    _is_opened: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        around, broker = self.around, self.connected.broker
        self.duty = Duty(around, self.lease, HEARTBEATS, TURNING, longest_turn=LONGEST_TURN)
        self.risk = RiskWatch(around.bus, self.settings.risk_source)
        self.relays = Relays(around.bus, around.storage, self.publisher.writer, STREAMS)
        self.desk = Desk(
            account=self.settings.account,
            publisher=self.publisher,
            storage=around.storage,
            lease=self.lease,
            clock=around.clock,
            gates=self.gates,
            is_reconciled=lambda: self.reconciler.is_reconciled,
            knows_account=lambda: self.reconciler.knows_account,
            committed=self.relays.wake,
        )
        self.bookings = Bookings(self.desk, self._booked)
        send_seconds = self.settings.send_seconds
        self.dispatcher = Dispatcher(
            self.desk, self.bookings, broker, send_seconds=send_seconds, answered=self.series.sent
        )
        patience = timedelta(seconds=self.settings.lease_seconds + send_seconds)
        self.inquiries = Inquiries(self.desk, self.bookings, broker, self.dispatcher, patience=patience)
        self.cancels = Cancels(self.desk, self.bookings, broker)
        self.comparison = Comparison(self.desk, self.bookings, broker)
        self.reconciler = Reconciler(
            self.desk,
            self.comparison,
            seconds=self.settings.reconcile_seconds,
            drift_gauge=self.series.drift,
        )
        self.listener = Listener(self.desk, self.bookings, broker, self.reconciler.wake)
        shards = self.settings.gateway_shards
        self.market = Market(around.bus, self.connected.see, self.desk.is_at_work, self._priced, shards)
        self.brackets = Brackets(self.desk, lambda: self.market.quotes, self._exits_changed)
        self.closes = Closes(self.desk, lambda: self.market.quotes)
        self.alarm = RiskAlarm(self.desk, self.risk)
        self.census = Census(storage=around.storage, lease=self.lease, series=self.series, clock=around.clock)
        intake = Intake(self.desk, self.risk.follow)
        self.approvals = self._worker(APPROVALS, intake.handle, self._may_take, self._intended)
        self.signals = self._worker(SIGNALS, self.cancels.handle, self.lease.held, self._unwanted)
        self.tenure = Tenure(self.lease, around.storage, around.database, around.clock, self._recall)

    @property
    def fills_from_quotes(self) -> bool:
        return self.connected.see is not None

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name."""
        yield "lease", self.tenure.step
        yield "market data", self.market.read
        yield "risk heartbeat", self.risk.step
        yield "risk alarm", self.alarm.step
        yield "approvals", self.duty.turning("approvals", self.approvals.step)
        yield "signals", self.signals.step
        yield "dispatcher", self.duty.turning("dispatcher", self.dispatcher.step)
        yield "bookings", self.duty.turning("bookings", self.bookings.step)
        yield "cancels", self.duty.turning("cancels", self.cancels.step)
        yield "brackets", self.brackets.step
        yield "closes", self.closes.step
        yield "inquiries", self.inquiries.step
        yield "broker updates", self.listener.step
        yield "reconciliation", self.reconciler.step
        yield "approvals backlog", self.approvals.observe
        yield "signals backlog", self.signals.observe
        yield "census", self.census.step
        yield "alive", self.duty.say_alive
        if self.fills_from_quotes:
            yield "trading hours", self.hours.ask
            yield "sessions", self.hours.look
        yield from self.relays.loops()

    def register(self) -> None:
        """Say what readiness and liveness depend on, and what readiness notes."""
        checks, broker = self.around.readiness.register, self.connected.broker
        self.duty.register()
        checks("broker", lambda: broker.trouble)
        checks("reconciliation", self.reconciler.trouble)
        checks("risk guardian", self.risk.gone)
        if self.fills_from_quotes:
            checks("market data", self.market.silent)
            checks("trading hours", self.hours.trouble)
        self.around.readiness.note("drain", lambda: "no new orders are taken" if self.drain.is_asked else None)

    def gates(self) -> tuple[str, ...]:
        """Why nothing that adds risk may leave now, drift aside."""
        unknown = None if self.reconciler.is_reconciled else f"the broker was {self.reconciler.reason}"
        return tuple(reason for reason in (self.risk.gone(), unknown) if reason is not None)

    async def in_flight(self) -> tuple[str, ...]:
        """The orders of which it is not known yet whether the broker has them."""
        return in_flight(await self.around.storage.read(lambda c: order_rows.in_states(c, IN_FLIGHT)))

    async def finish(self) -> None:
        """At a stop, after the loops: what was sent is heard and booked, then the next process may begin."""
        await self.dispatcher.finish()
        try:
            if self.desk.is_at_work():
                await self.bookings.flush()
            await self.tenure.end()
        except Unavailable as error:
            logger.warning("not everything is booked; the next start asks the broker", reason=str(error))
        await self.connected.broker.close()
        await self.hours.close()

    def _booked(self, orders: Sequence[Order]) -> None:
        """What was committed may be somebody's to go on with."""
        if any(order.misses_fills for order in orders):
            self.reconciler.wake()
        self.inquiries.lost(order.client_order_id for order in orders if order.state is OrderState.UNKNOWN)
        if any(order.cancel_because is not None and order.is_open for order in orders):
            self.cancels.wake()
        if any(order.needs_exits or order.leg > 0 for order in orders):
            self.brackets.wake()

    def _exits_changed(self) -> None:
        self._intended()
        self.cancels.wake()

    def _priced(self, quotes: Sequence[Quote]) -> None:
        self.brackets.see(quotes)

    def _intended(self) -> None:
        """Intents were committed: they are sent before anybody is told of them, and told with what became of that."""
        self.dispatcher.intended()

    def _unwanted(self) -> None:
        """Cancellations were committed, perhaps."""
        self.cancels.wake()
        self.relays.wake()

    def _worker(
        self, stream: str, handle: Handler, may_read: Callable[[], bool], committed: Callable[[], None]
    ) -> Worker:
        bus = self.around.bus
        return Worker(
            WorkReader(bus, stream, GROUP),
            bus,
            self.around.storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=handle,
            committed=committed,
            may_read=may_read,
        )

    def _may_take(self) -> bool:
        """Approvals wait for the first comparison with the broker, but not for longer than they live.

        Of an account that was never opened nothing is told: nobody could book it.
        """
        is_opened = self._is_opened or self.reconciler.account is not None
        if self.drain.is_asked or not self.lease.held() or not is_opened:
            return False
        return self.reconciler.is_reconciled or self.tenure.seconds > PATIENT_SECONDS

    async def _recall(self) -> None:
        """What is known from before this start: the account, and which Risk Guardian the approvals came from."""
        books = await self.around.storage.read(lambda c: account_rows.books(c, self.settings.account))
        self._is_opened = books is not None
        if books is not None and books.risk_source is not None:
            self.risk.follow(books.risk_source)

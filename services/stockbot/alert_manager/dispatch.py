"""One channel's loop: takes the next message out of its queue, has it carried, and keeps the receipt.

Each channel has a loop of its own, so one that hangs delays no other. A message is sent at least once: a process that
ends between the sending and the receipt sends it again after its restart.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec import Struct
from pydantic import SecretStr
from sqlalchemy import Connection

from stockbot.alert_manager import delivery_rows, matter_rows, silence_rows
from stockbot.alert_manager.channels import Channel
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.delivery_rows import Receipt
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.records import Records
from stockbot.events.identity import id_of
from stockbot.model.alerts.matters import Matter
from stockbot.model.alerts.messages import Pending, Send, Wait, next_message
from stockbot.model.alerts.wording import Message, message_of
from stockbot.runtime.clock import Clock

LONGEST_IDLE = 1.0  # seconds between two looks at the queue
Carry = Callable[[SecretStr, Message], Awaitable[str]]  # why a message did not arrive, or nothing

logger = structlog.stdlib.get_logger(__name__)


class Order(Struct, frozen=True):
    """The next message of the channel, and what it is about; or how long to wait."""

    next: Send | Wait
    matters: tuple[Matter, ...] = ()


class Dispatch:
    """`console` is the address that messages lead to. `muted_until`: until then the channel rests or has no room."""

    def __init__(
        self,
        channel: Channel,
        records: Records,
        desk: Desk,
        *,
        carry: Carry,
        console: str | None,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self.channel = channel
        self.muted_until: datetime | None = None
        self.undelivered = asyncio.Lock()  # one message at a time, the test button's included
        self._records = records
        self._desk = desk
        self._carry = carry
        self._console = console
        self._clock = clock
        self._counters = counters

    async def step(self) -> None:
        """Send the next message if it is time, else wait: the step of a background loop. Raises LeaseLost."""
        if self.channel.url is None or not self._records.may_act:
            await self._clock.sleep(LONGEST_IDLE)
            return
        order = await self._records.read(partial(self._order, now=self._clock.now()))
        if isinstance(order.next, Send):
            await self._send(order.next.deliveries, order.matters)
        else:
            await self._rest(order.next)

    async def test(self, message: Message) -> str:
        """Send a message beside the queue; why it did not arrive, or nothing."""
        if self.channel.url is None:
            return self.channel.trouble or "the channel has no address"
        async with self.undelivered:
            return await self._carry(self.channel.url, message)

    def _order(self, connection: Connection, now: datetime) -> Order:
        name, pace = self.channel.name, self.channel.pace
        waiting = delivery_rows.pending(connection, name, silence_rows.active(connection, now))
        if not waiting:
            return Order(Wait())
        sent = delivery_rows.sent(connection, name, now, pace.group)
        retry_at = delivery_rows.channel_state(connection, name).retry_at
        chosen = next_message(waiting, sent, pace, not_before=retry_at, now=now)
        if isinstance(chosen, Wait):
            return Order(chosen)
        names = list(dict.fromkeys(one.alert_id for one in chosen.deliveries))
        return Order(chosen, tuple(matter_rows.by_id(connection, names).values()))

    async def _send(self, deliveries: tuple[Pending, ...], matters: tuple[Matter, ...]) -> None:
        assert self.channel.url is not None  # noqa: S101 - `step` has looked
        began, self.muted_until = self._clock.monotonic(), None
        async with self.undelivered:
            reason = await self._carry(self.channel.url, message_of(matters, console=self._console))
        receipt = Receipt(
            channel=self.channel.name,
            message_id=id_of("message", deliveries[0].delivery_id, str(deliveries[0].attempts)),
            delivery_ids=tuple(one.delivery_id for one in deliveries),
            at=self._clock.now(),
            reason=reason,
        )
        self._counters.carried(receipt, self._clock.monotonic() - began)
        if reason:
            logger.warning("message not taken", channel=self.channel.name, alerts=len(matters), reason=reason)
        await self._records.run(partial(_book, self._desk, receipt))

    async def _rest(self, wait: Wait) -> None:
        now = self._clock.now()
        self.muted_until = wait.until if wait.until is not None and wait.until > now else None
        pause = timedelta(seconds=LONGEST_IDLE) if wait.until is None else wait.until - now
        await self._clock.sleep(min(LONGEST_IDLE, max(0.05, pause.total_seconds())))


def _book(desk: Desk, receipt: Receipt, connection: Connection) -> bool:
    return desk.book(connection, receipt)

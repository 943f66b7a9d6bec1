"""Alpaca as a Broker: each method asks or acts once, and says exactly what is known afterwards."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.execution_engine.brokers.alpaca import account as accounts
from stockbot.execution_engine.brokers.alpaca import activities as moves
from stockbot.execution_engine.brokers.alpaca.account import AlpacaAccount, AlpacaPosition
from stockbot.execution_engine.brokers.alpaca.connection import Connection, NoAnswer, NotSent, Reply
from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.execution_engine.brokers.alpaca.fill_names import FillNames
from stockbot.execution_engine.brokers.alpaca.health import ACCOUNT, STREAM, Health
from stockbot.execution_engine.brokers.alpaca.orders import ENDED, AlpacaOrder, broker_order, change, submission
from stockbot.execution_engine.brokers.alpaca.outcomes import MalformedAnswer, check_canceled, check_sent, decoded
from stockbot.execution_engine.brokers.alpaca.questions import Questions
from stockbot.execution_engine.brokers.alpaca.stream import Limits, Stream
from stockbot.execution_engine.brokers.protocol import (
    Activity,
    BrokerAccount,
    BrokerExecution,
    BrokerOrder,
    BrokerPosition,
    BrokerUpdate,
    Mode,
    OrderNotOpen,
    OrderRefused,
    OrderRequest,
    OutcomeUnknown,
)
from stockbot.runtime.clock import Clock

USUAL_LIMITS = Limits()


class Alpaca:
    """A Broker. Nothing is connected before the first call."""

    def __init__(
        self,
        credentials: Credentials,
        mode: Mode,
        clock: Clock,
        *,
        jitter: Callable[[], float],
        base_url: str = "",
        timeout_seconds: float = 10.0,
        limits: Limits = USUAL_LIMITS,
    ) -> None:
        self.trouble: str | None = None
        self._mode = mode
        self._base_url = (base_url or accounts.BASE_URLS[mode]).rstrip("/")
        accounts.check_address(self._base_url, mode)
        self._connection = Connection(self._base_url, credentials, clock, timeout_seconds)
        self._health = Health(credentials, clock, self._tell)
        self._questions = Questions(self._connection, self._health)
        self._stream = Stream(
            self._base_url,
            credentials,
            clock,
            limits,
            names=FillNames(self._questions.fills, clock),
            successor=self._questions.successor,
            note=lambda reason: self._health.note(STREAM, reason),
            jitter=jitter,
        )

    async def account(self) -> BrokerAccount:
        """Return the account; ConfigurationError where it is not of the mode that the document declares."""
        found = await self._questions.ask("/account", AlpacaAccount)
        try:
            account = accounts.broker_account(found, self._mode, self._base_url)
        except ConfigurationError as error:
            self._health.note(ACCOUNT, str(error))
            raise
        self._health.note(ACCOUNT, accounts.block_of(found))
        return account

    async def submit(self, order: OrderRequest) -> BrokerOrder:
        await self._stream.settled()
        with self._health.noting():
            self._health.patience.check()
            return self._taken(await self._send("POST", "/orders", submission(order)), order.client_order_id)

    async def cancel(self, client_order_id: str) -> None:
        """Ask for it also while Alpaca wants patience: nothing stands between a person and less risk."""
        broker_order_id = await self._questions.broker_order_id(client_order_id)
        if broker_order_id is None:
            raise OrderNotOpen(f"{client_order_id} is not known to Alpaca")
        with self._health.noting():
            try:
                reply = await self._connection.act("DELETE", f"/orders/{broker_order_id}", {})
            except (NotSent, NoAnswer) as error:
                raise Unavailable(f"Alpaca does not answer: {error}") from None
            check_canceled(reply, client_order_id)

    async def replace(self, client_order_id: str, order: OrderRequest) -> BrokerOrder:
        current = await self._open(client_order_id)
        body = change(current, order)
        await self._stream.settled()
        try:
            with self._health.noting():
                self._health.patience.check()
                reply = await self._send("PATCH", f"/orders/{current.broker_order_id}", body)
                return self._taken(reply, order.client_order_id)
        except OrderRefused:
            await self._open(client_order_id)  # it may have ended meanwhile: then that is the reason
            raise

    async def order(self, client_order_id: str) -> BrokerOrder | None:
        found = await self._questions.order(client_order_id)
        return None if found is None else self._shown(found, await self._questions.successor(found))

    async def open_orders(self) -> list[BrokerOrder]:
        """Return the open ones that our words fit: orders by amount of money or of several legs are left out."""
        shown = []
        for each in await self._questions.open_orders():
            order = broker_order(each, await self._questions.successor(each))
            if order is not None:
                self._questions.names.learn(order.broker_order_id, order.client_order_id)
                shown.append(order)
        return shown

    async def executions(self, since: datetime) -> list[BrokerExecution]:
        found = []
        for fill in await self._questions.fills(since):
            execution = moves.execution(fill, await self._questions.client_order_id(fill.order_id))
            if execution is not None and execution.executed_at >= since:
                found.append(execution)
        return found

    async def positions(self) -> list[BrokerPosition]:
        found = await self._questions.ask("/positions", list[AlpacaPosition])
        return [accounts.broker_position(each) for each in found]

    async def activities(self, since: datetime) -> list[Activity]:
        """Return what moved cash or shares since then, and also earlier where Alpaca gives a day and no time."""
        moved = await self._questions.movements(since - moves.LATE)
        found = [moves.activity(each) for each in moved if moves.is_since(each, since)]
        found += [each for each in await self._busts(since - moves.LATE) if each.at >= since]
        by_id = {each.activity_id: each for each in found if each is not None}
        return sorted(by_id.values(), key=lambda each: each.at)

    async def _busts(self, since: datetime) -> list[Activity]:
        fills = await self._questions.fills(since)
        known = {moves.execution_id_of(each.id): each for each in fills}
        listed = [moves.taken_back(each) for each in fills]
        return [moves.bust(each, known) for each in (*listed, *self._stream.taken_back.values()) if each is not None]

    def updates(self) -> AsyncIterator[BrokerUpdate]:
        return self._stream.updates()

    async def close(self) -> None:
        """Take no more requests, and end `updates`."""
        await self._stream.close()
        self._connection.close()

    async def _send(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        try:
            reply = await self._connection.act(method, path, body)
        except NotSent as error:
            raise Unavailable(f"the order was not sent to Alpaca: {error}") from None
        except NoAnswer as error:
            raise OutcomeUnknown(f"the order may have arrived at Alpaca: {error}") from None
        check_sent(reply)
        return reply

    def _taken(self, reply: Reply, client_order_id: str) -> BrokerOrder:
        """Read the order that Alpaca took; where its answer is not that order, what it took is not known."""
        try:
            order = self._shown(decoded(reply.body, AlpacaOrder), None)
        except MalformedAnswer as error:
            raise OutcomeUnknown(f"whether Alpaca took the order is not known: {error}") from None
        if order.client_order_id != client_order_id:
            raise OutcomeUnknown(f"Alpaca answers with the order {order.client_order_id}, not {client_order_id}")
        self._stream.expectations.expect(order.broker_order_id)
        return order

    async def _open(self, client_order_id: str) -> BrokerOrder:
        current = await self.order(client_order_id)
        if current is None:
            raise OrderNotOpen(f"{client_order_id} is not known to Alpaca")
        if current.state in ENDED:
            raise OrderNotOpen(f"{client_order_id} is {current.state} at Alpaca")
        return current

    def _shown(self, found: AlpacaOrder, successor: str | None) -> BrokerOrder:
        order = broker_order(found, successor)
        if order is None:
            raise MalformedAnswer(f"Alpaca's order {found.client_order_id} has no symbol, quantity, side or known type")
        self._questions.names.learn(order.broker_order_id, order.client_order_id)
        return order

    def _tell(self, trouble: str | None) -> None:
        self.trouble = trouble

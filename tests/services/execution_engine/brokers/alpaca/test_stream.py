"""The stream tells what happens, and ends with a word at once where it cannot be trusted any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import adapter
from tests.services.execution_engine.brokers.conformance import LIMIT_90, LONG_AGO, eventually, request

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState
from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.brokers.alpaca.outcomes import AccessRefused
from stockbot.execution_engine.brokers.protocol import ActivityKind, BrokerUpdate
from stockbot.testing.alpaca import FakeAlpaca, alpaca_process

PATIENCE = 10.0


class Listener:
    """Reads the updates in the background; `ended` is why they ended."""

    def __init__(self, broker: Alpaca) -> None:
        self.heard: list[BrokerUpdate] = []
        self.ended: Exception | None = None
        self._task = asyncio.create_task(self._listen(broker.updates()))

    async def until_end(self) -> Exception:
        async with asyncio.timeout(PATIENCE):
            await self._task
        assert self.ended is not None
        return self.ended

    async def until(self, count: int) -> list[BrokerUpdate]:
        async def heard() -> int:
            return len(self.heard)

        await eventually(heard, lambda found: found >= count or self.ended is not None)
        return self.heard

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self, updates: AsyncIterator[BrokerUpdate]) -> None:
        async with aclosing(updates):  # type: ignore[type-var]  # an async generator
            try:
                async for update in updates:
                    self.heard.append(update)
            except Unavailable as error:
                self.ended = error


async def listening(fake: FakeAlpaca, broker: Alpaca) -> Listener:
    listener = Listener(broker)

    async def listeners() -> int:
        return fake.control.listeners()

    await eventually(listeners, lambda found: found > 0 or listener.ended is not None)
    return listener


async def no_trouble(broker: Alpaca) -> None:
    """Wait until the adapter says so: the fake knows of its listener a moment before the listener does."""

    async def trouble() -> str | None:
        return broker.trouble

    await eventually(trouble, lambda found: found is None)


@pytest.mark.parametrize("frames", ["binary", "text"])
async def test_each_change_is_told_with_its_fill(fake: FakeAlpaca, broker: Alpaca, frames: str) -> None:
    """New, a partial fill and the last fill, from the frames of the paper stream and from those of the live one."""
    fake.control.stream(text_frames=frames == "text")
    fake.control.hold()
    listener = await listening(fake, broker)
    await broker.submit(request())
    fake.control.fill("order-1", 4, "100.01")
    fake.control.fill("order-1", 6, "100.02")
    told = await listener.until(3)
    assert [(u.order.state, u.order.filled_quantity, u.execution and u.execution.price) for u in told] == [
        (OrderState.ACCEPTED, Decimal(0), None),
        (OrderState.PARTIALLY_FILLED, Decimal(4), Decimal("100.01")),
        (OrderState.FILLED, Decimal(10), Decimal("100.02")),
    ]
    await listener.stop()


@pytest.mark.parametrize("separate", [False, True], ids=["same names", "other names"])
async def test_a_fill_has_one_name_wherever_it_was_heard_of(fake: FakeAlpaca, broker: Alpaca, separate: bool) -> None:
    """Whether stream and activities name fills alike or not, what the stream tells is what `executions` lists."""
    fake.control.account(separate_ids=separate)
    fake.control.hold()
    listener = await listening(fake, broker)
    await broker.submit(request(1))
    await broker.submit(request(2))
    for order, shares in (("order-1", 3), ("order-2", 10), ("order-1", 3), ("order-1", 4)):
        fake.control.fill(order, shares)
    await listener.until(6)
    await asyncio.sleep(0.1)
    told = {u.execution.execution_id: u.execution for u in listener.heard if u.execution}
    assert told == {one.execution_id: one for one in await broker.executions(LONG_AGO)}
    assert len(told) == 4
    await listener.stop()


async def test_a_fill_that_the_activities_never_have_ends_the_stream(
    fake: FakeAlpaca, broker: Alpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than book a fill under a name that may change, the gap is asked for."""
    monkeypatch.setattr("stockbot.execution_engine.brokers.alpaca.fill_names.PAUSES", (0.01,))
    listener = await listening(fake, broker)
    fake.control.misbehave("status", status=200, body="[]", method="GET", path="/v2/account/activities", times=10)
    await broker.submit(request())
    assert "activities do not have" in str(await listener.until_end())


async def test_duplicates_mean_the_same(fake: FakeAlpaca, broker: Alpaca) -> None:
    """The same message twice brings the same execution id twice."""
    fake.control.stream(duplicate=2)
    listener = await listening(fake, broker)
    await broker.submit(request())
    told = await listener.until(4)
    fills = [u.execution.execution_id for u in told if u.execution]
    assert len(fills) == 2
    assert len(set(fills)) == 1
    await listener.stop()


async def test_messages_out_of_order_each_say_their_own(fake: FakeAlpaca, broker: Alpaca) -> None:
    """A fill that overtakes another is told with the order as it was after it."""
    fake.control.hold()
    listener = await listening(fake, broker)
    await broker.submit(request())
    await listener.until(1)
    fake.control.stream(swap=2)
    fake.control.fill("order-1", 4)
    fake.control.fill("order-1", 6)
    told = (await listener.until(3))[1:]
    assert [u.order.filled_quantity for u in told] == [Decimal(10), Decimal(4)]
    assert [u.execution and u.execution.quantity for u in told] == [Decimal(6), Decimal(4)]
    await listener.stop()


async def test_a_lost_message_is_in_the_lists(fake: FakeAlpaca, broker: Alpaca) -> None:
    """What the stream lost, whoever asks finds."""
    listener = await listening(fake, broker)
    fake.control.stream(lose=2)
    await broker.submit(request())
    assert len(await broker.executions(LONG_AGO)) == 1
    await listener.stop()


async def test_a_broken_connection_ends_at_once_and_the_next_goes_on(fake: FakeAlpaca, broker: Alpaca) -> None:
    """The end is told without delay, with trouble for readiness; a new call connects again and clears it."""
    listener = await listening(fake, broker)
    fake.control.disconnect()
    ended = str(await listener.until_end())
    assert "stream of order updates ended" in ended
    assert ended in str(broker.trouble)
    again = await listening(fake, broker)
    await no_trouble(broker)
    await broker.submit(request())
    assert len(await again.until(2)) == 2
    await again.stop()


async def test_a_garbled_message_ends_the_stream(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Half a message may have been a fill: so the gap is asked for."""
    listener = await listening(fake, broker)
    fake.control.stream(garble=1)
    await broker.submit(request())
    assert "not what it promises" in str(await listener.until_end())


async def test_a_mute_stream_is_found_out(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Connected, pings answered, and no word of an order that was taken: that is an end."""
    listener = await listening(fake, broker)
    fake.control.stream(mute=True)
    await broker.submit(request(terms=LIMIT_90))
    assert "mute" in str(await listener.until_end())


async def test_a_stream_that_spoke_first_is_not_mute(fake: FakeAlpaca, broker: Alpaca) -> None:
    """The word of an order may come before the answer to its sending: it counts."""
    listener = await listening(fake, broker)
    await broker.submit(request(terms=LIMIT_90))
    await listener.until(1)
    await asyncio.sleep(1.1)  # longer than it may be mute
    assert listener.ended is None
    await listener.stop()


async def test_a_frozen_broker_is_found_out_by_its_pings(tmp_path: Path) -> None:
    """A process that stands still keeps its connections: only an unanswered ping tells."""
    with alpaca_process(tmp_path) as fake:
        broker = adapter(fake.url, seconds=1)
        listener = Listener(broker)

        async def listeners() -> int:
            return fake.control.listeners()

        await eventually(listeners, lambda found: found > 0)
        fake.pause()
        try:
            await listener.until_end()
        finally:
            fake.resume()
        await broker.close()


async def test_a_refused_key_is_told_as_such(fake: FakeAlpaca, broker: Alpaca) -> None:
    """A person must mend it: the reason names the fields of the document."""
    fake.control.stream(unauthorized=True)
    listener = await listening(fake, broker)
    assert isinstance(await listener.until_end(), AccessRefused)
    assert "keyId" in str(broker.trouble)


async def test_a_stream_that_takes_no_connection_is_asked_ever_more_rarely(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Each failure is told at once; before the next try there is a pause that grows."""
    fake.control.stream(refuse=True)
    began = asyncio.get_running_loop().time()
    for _ in range(4):
        await Listener(broker).until_end()
    assert asyncio.get_running_loop().time() - began > 0.75 * (0.05 + 0.1 + 0.2)
    fake.control.stream()
    listener = await listening(fake, broker)
    await no_trouble(broker)
    await listener.stop()


async def test_orders_wait_a_moment_for_the_stream(fake: FakeAlpaca, broker: Alpaca) -> None:
    """An order that is sent while the connection is being made is still heard of."""
    listener = Listener(broker)
    await asyncio.sleep(0)
    await broker.submit(request())
    assert len(await listener.until(2)) == 2
    await listener.stop()


async def test_an_execution_taken_back_is_an_activity(fake: FakeAlpaca, broker: Alpaca) -> None:
    """A bust ends the stream, so that it is asked for at once; it is told once, also by a restarted adapter."""
    listener = await listening(fake, broker)
    await broker.submit(request())
    told = await listener.until(2)
    assert told[1].execution is not None
    fake.control.bust(told[1].execution.execution_id)
    assert "taken back" in str(await listener.until_end())
    restarted = adapter(fake.url)
    for each in (broker, restarted):
        found = [one for one in await each.activities(LONG_AGO) if one.kind is ActivityKind.BUST]
        assert [(one.execution_id, one.amount, one.quantity) for one in found] == [
            (told[1].execution.execution_id, 10 * told[1].execution.price, Decimal(-10))
        ]
        assert len(await each.executions(LONG_AGO)) == 1
        assert await each.positions() == []
    await restarted.close()


async def test_a_replacement_is_told_with_the_name_of_the_new_order(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Alpaca names the successor by its own id; here it has ours, also where a person replaced it by hand."""
    listener = await listening(fake, broker)
    await broker.submit(request(1, terms=LIMIT_90))
    await broker.replace("order-1", request(2, terms=LIMIT_90))
    told = await listener.until(3)
    ended = next(u.order for u in told if u.order.state is OrderState.CANCELED)
    assert (ended.client_order_id, ended.replaced_by) == ("order-1", "order-2")
    await listener.stop()

"""A fill that could not be booked at first is replayed, and booked once."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, select
from tests.services.portfolio_manager.conftest import CASH, Parts, fill, watch_of

from stockbot.codec import encode
from stockbot.events import AnyEvent
from stockbot.events.streams import ORDERS
from stockbot.portfolio_manager.manager import GROUP
from stockbot.portfolio_manager.tables import DEAD_LETTERS, INBOX
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.dead_letters import ask_for_replay
from stockbot.runtime.worker import Worker


class PoisonOnce:
    """The books, which cannot book the first fill until `mended`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.mended = False

    def __call__(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        if not self.mended and any(event.sequence == 1 for event in events):
            raise ZeroDivisionError("no calendar")
        self._parts.books.handle(connection, events)


async def work(bus: Bus, parts: Parts, handle: PoisonOnce) -> None:
    """A worker just started takes in what there is, and looks for replays."""
    worker = Worker(
        WorkReader(bus, ORDERS, GROUP),
        bus,
        parts.database,
        inbox_table=INBOX,
        dead_letter_table=DEAD_LETTERS,
        handle=handle,
    )
    for _ in range(3):
        await worker.step()


async def ask(parts: Parts) -> None:
    """Ask for the one open letter."""
    statement = select(DEAD_LETTERS.c.letter_id).where(DEAD_LETTERS.c.resolved_at.is_(None))
    letter_id = await parts.database.read(lambda c: c.execute(statement).scalar_one())
    word = partial(ask_for_replay, table=DEAD_LETTERS, letter_id=letter_id, who="anna", why="mended")
    await parts.database.run(word)


async def test_a_fill_is_booked_when_it_is_replayed(bus: Bus, parts: Parts) -> None:
    """Later fills were booked before it: position and cash are then right, and how far they are booked stays."""
    await parts.open()
    handle = PoisonOnce(parts)
    for update in (fill(1, "10", "100"), fill(2, "5", "110")):
        await bus.commands.xadd(ORDERS, {b"event": encode(update)})
    await work(bus, parts, handle)
    assert (await parts.view()).holdings["AAPL", None].quantity == 5
    await ask(parts)
    await work(bus, parts, handle)
    assert (await parts.view()).holdings["AAPL", None].quantity == 5
    handle.mended = True
    await ask(parts)
    await work(bus, parts, handle)
    view = await parts.view()
    assert view.holdings["AAPL", None].quantity == 15
    assert (view.cash, view.state.through_sequence) == (CASH - 1000 - 550, 2)
    watch = watch_of(parts)
    await watch.step()
    assert watch.seen.orders_put_aside == 0


async def test_a_fill_that_was_booked_otherwise_is_not_booked_again(bus: Bus, parts: Parts) -> None:
    """The execution came under another event meanwhile: the replay finds it by its id."""
    await parts.open()
    handle = PoisonOnce(parts)
    for update in (fill(1, "10", "100"), fill(2, "10", "100", execution_id="fill-1")):
        await bus.commands.xadd(ORDERS, {b"event": encode(update)})
    await work(bus, parts, handle)
    handle.mended = True
    await ask(parts)
    await work(bus, parts, handle)
    assert (await parts.view()).holdings["AAPL", None].quantity == 10
    assert await parts.told() == []

"""Old inputs are forgotten in bounded steps, on both databases; decisions stay."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.services.risk_guardian.conftest import Parts, signal

from stockbot.events.trading import SignalGenerated
from stockbot.risk_guardian import decision_rows, pruning
from stockbot.risk_guardian.pruning import RETENTION, Pruning, forget_inputs
from stockbot.risk_guardian.tables import ACCOUNTS, DECISIONS
from stockbot.testing.clock import START


async def kept(parts: Parts) -> list[bool]:
    """Of each decision, the oldest first, whether its inputs are there."""
    statement = select(DECISIONS.c.inputs).order_by(DECISIONS.c.number)
    rows = await parts.database.read(lambda c: c.execute(statement).scalars().all())
    return [bytes(inputs) != decision_rows.FORGOTTEN for inputs in rows]


def unknown(number: int) -> SignalGenerated:
    """A signal that is denied, so that it holds nothing."""
    return signal(number, symbol="TSLA")


async def test_only_what_is_old_is_forgotten(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once, from the oldest on; the rows stay, with null for their inputs."""
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    await parts.decide(*(unknown(number) for number in range(1, 6)))
    young = update(DECISIONS).where(DECISIONS.c.number == 4).values(decided_at=START + timedelta(days=1))
    await parts.database.run(lambda c: c.execute(young))
    before, reached = START + timedelta(hours=1), 0
    for through, left in ((2, [False, False, True, True, True]), (3, [False, False, False, True, True])):
        reached = await parts.database.run(lambda c, after=reached: forget_inputs(c, after, before))  # type: ignore[misc] # it cannot infer defaults
        assert (reached, await kept(parts)) == (through, left)
    found = await parts.database.read(lambda c: decision_rows.inputs_of(c, decision_id(c, 1)))
    assert found is not None
    assert found[1] == b"null"
    assert found[0].reasons != ()


def decision_id(connection: object, number: int) -> str:
    statement = select(DECISIONS.c.decision_id).where(DECISIONS.c.number == number)
    return str(connection.execute(statement).scalar())  # type: ignore[attr-defined] # a connection


async def test_what_holds_something_is_kept(parts: Parts) -> None:
    """While an order of the symbol holds cash, the inputs of all its decisions stay."""
    await parts.decide(signal(1), unknown(2))
    later = START + timedelta(days=1)
    await parts.database.run(lambda c: forget_inputs(c, 0, later))
    assert await kept(parts) == [True, False]
    await parts.database.run(lambda c: c.execute(ACCOUNTS.delete()))
    await parts.database.run(lambda c: forget_inputs(c, 0, later))
    assert await kept(parts) == [False, False]


async def test_it_works_under_the_lease_alone(parts: Parts) -> None:
    """A step forgets what is older than the retention; a process that waits for the lease forgets nothing."""
    await parts.decide(unknown(1))
    worker = Pruning(parts.database, parts.lease, parts.fence, parts.clock)
    await worker.step()
    assert await kept(parts) == [True]
    parts.clock.advance((RETENTION + timedelta(seconds=1)).total_seconds())
    await parts.lease.release(parts.database)
    await worker.step()
    assert await kept(parts) == [True]
    assert await parts.lease.acquire(parts.database)
    await worker.step()
    assert await kept(parts) == [False]

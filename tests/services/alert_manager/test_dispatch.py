"""One channel's queue: what arrives once, what is tried again, and what is given up."""

import pytest
from sqlalchemy import update
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager.tables import DELIVERIES
from stockbot.events.alerts import Severity
from stockbot.model.alerts.retries import Retries
from stockbot.runtime.database import Database


async def test_each_transition_arrives_once(parts: Parts) -> None:
    """Raised, escalated, resolved: one message each to whom it concerns, and receipts for all."""
    await parts.report(parts.alert())
    await parts.deliver()
    parts.clock.advance(901)
    await parts.turn()
    await parts.deliver()
    await parts.report(parts.alert(resolved=True))
    await parts.deliver(6)
    assert [told.title for told in parts.wires["mail"].taken] == [
        "[WARNING] about risk/limit",
        "[RESOLVED] about risk/limit",
    ]
    assert [told.title for told in parts.wires["phone"].taken] == [
        "[WARNING, NOT ACKNOWLEDGED] about risk/limit",
        "[RESOLVED] about risk/limit",
    ]
    assert {state for _, _, state in await parts.deliveries()} == {"delivered"}


async def test_a_channel_that_is_down_delays_no_other(parts: Parts) -> None:
    """Phone refuses, mail delivers; phone is tried again after a pause and then tells everything in one message."""
    parts.wires["phone"].refuses = "no network"
    await parts.report(parts.alert("a/x", severity=Severity.CRITICAL))
    await parts.deliver(1)
    await parts.report(parts.alert("b/x", severity=Severity.CRITICAL))
    await parts.deliver(2)
    assert len(parts.wires["mail"].taken) == 2
    assert parts.wires["phone"].tried == 1
    assert parts.dispatches["phone"].muted_until is not None
    parts.wires["phone"].refuses = ""
    parts.clock.advance(5)
    await parts.deliver(1)
    (told,) = parts.wires["phone"].taken
    assert told.title.endswith("and 1 more")


async def test_a_failure_does_not_start_a_group_time(database: Database, parts: Parts) -> None:
    """What did not arrive is tried again after the channel's own pause, however long alerts are collected."""
    slow = Parts(database, clock=parts.clock, group_seconds=300)
    slow.records._lease = parts.lease
    slow.wires["mail"].refuses = "no network"
    await slow.report(slow.alert())
    await slow.deliver(1)
    slow.wires["mail"].refuses = ""
    slow.clock.advance(5)
    await slow.deliver(1)
    await slow.report(slow.alert("risk/other"))
    await slow.deliver(3)
    assert [told.title for told in slow.wires["mail"].taken] == ["[WARNING] about risk/limit"]
    slow.clock.advance(300)
    await slow.deliver(1)
    assert len(slow.wires["mail"].taken) == 2


async def test_a_channel_that_stays_down_is_an_alert_for_the_others(parts: Parts) -> None:
    """After three failures in a row mail hears of it, phone's own queue does not grow, and its return is told."""
    parts.wires["phone"].refuses = "no network"
    await parts.report(parts.alert("a/x", severity=Severity.CRITICAL))
    for _ in range(4):
        await parts.deliver(1)
        parts.clock.advance(60)
    await parts.deliver(2)
    assert "[WARNING] The channel phone does not take messages" in [told.title for told in parts.wires["mail"].taken]
    assert [one for one in await parts.deliveries() if one[0] == "phone"] == [("phone", "raised/critical", "pending")]
    parts.wires["phone"].refuses = ""
    parts.clock.advance(600)
    await parts.deliver(3)
    assert "[RESOLVED] The channel phone does not take messages" in [told.title for told in parts.wires["mail"].taken]
    assert [told.title for told in parts.wires["phone"].taken] == ["[CRITICAL] about a/x"]


async def test_a_channel_that_fails_about_itself_does_not_loop(parts: Parts) -> None:
    """The only channel is down: that is a matter in the inbox, and the queue holds what it held before."""
    parts.wires["mail"].refuses = parts.wires["phone"].refuses = "no network"
    await parts.report(parts.alert())
    for _ in range(6):
        await parts.deliver(1)
        parts.clock.advance(700)
    mail = [one for one in await parts.deliveries() if one[0] == "mail"]
    assert mail == [("mail", "raised/warning", "pending")]


async def test_a_delivery_is_given_up_after_its_last_attempt(database: Database, parts: Parts) -> None:
    """Bounded attempts, then it has failed with the reason; the channel is used again for what comes later."""
    few = Parts(database, clock=parts.clock, retries=Retries(most=2))
    few.lease = parts.lease
    few.records._lease = parts.lease
    few.wires["mail"].refuses = "mailbox full"
    await few.report(few.alert())
    for _ in range(4):
        await few.deliver(1)
        few.clock.advance(60)
    assert few.wires["mail"].tried == 2
    assert await few.deliveries() == [("mail", "raised/warning", "failed")]
    few.wires["mail"].refuses = ""
    await few.report(few.alert("later/x"))
    await few.deliver(2)
    assert few.wires["mail"].taken[0].title == "[WARNING] about later/x"


async def test_what_was_given_up_is_told_when_the_channel_is_back(database: Database, parts: Parts) -> None:
    """A night without the chat service loses no alert that still holds; what is over is not told any more."""
    few = Parts(database, clock=parts.clock, retries=Retries(most=2))
    few.lease = few.records._lease = parts.lease
    few.wires["mail"].refuses = "no network"
    await few.report(few.alert("holds/x"), few.alert("over/x"))
    for _ in range(4):
        await few.deliver(1)
        few.clock.advance(60)
    await few.report(few.alert("over/x", resolved=True), few.alert("later/x"))
    few.wires["mail"].refuses = ""
    await few.deliver(3)
    assert [told.title for told in few.wires["mail"].taken] == ["[WARNING] about later/x", "[WARNING] about holds/x"]


async def test_a_restart_goes_on_where_it_was(database: Database, parts: Parts) -> None:
    """What waits is in SQL: another process delivers it, and delivers nothing twice."""
    await parts.report(parts.alert("a/x"))
    await parts.deliver()
    await parts.report(parts.alert("b/x"))
    other = Parts(database, clock=parts.clock)
    assert not await other.lease.acquire(database)
    await other.deliver()
    assert other.wires["mail"].tried == 0  # it does not hold the lease
    await parts.lease.release(database)
    assert await other.lease.acquire(database)
    await other.deliver()
    await parts.deliver()
    assert [told.title for told in other.wires["mail"].taken] == ["[WARNING] about b/x"]
    assert len(parts.wires["mail"].taken) == 1


async def test_a_message_without_its_receipt_is_sent_again(parts: Parts) -> None:
    """At least once: a process that ended between the sending and the receipt says it twice rather than never."""
    await parts.report(parts.alert())
    await parts.deliver()
    await parts.database.run(lambda c: c.execute(update(DELIVERIES).values(state="pending", attempts=0)) and None)
    await parts.deliver()
    assert len(parts.wires["mail"].taken) == 2


async def test_silenced_deliveries_wait(parts: Parts) -> None:
    """What was queued before a silence began is not sent during it."""
    from tests.services.alert_manager.test_desk import silence  # noqa: PLC0415 - a helper of that test

    await parts.report(parts.alert("a/x"), parts.alert("b/x"))
    await silence(parts, 10, fingerprint_prefix="a/")
    await parts.deliver(2)
    assert [told.title for told in parts.wires["mail"].taken] == ["[WARNING] about b/x"]
    parts.clock.advance(600)
    await parts.deliver(2)
    assert [told.title for told in parts.wires["mail"].taken][1:] == ["[WARNING] about a/x"]


@pytest.mark.parametrize("seconds", [5, 20])
async def test_what_flaps_does_not_flood(parts: Parts, seconds: int) -> None:
    """Opening and closing every few seconds for ten minutes is a handful of messages, and the last word is true."""
    for _ in range(600 // (2 * seconds)):
        for resolved in (False, True):
            await parts.report(parts.alert(resolved=resolved))
            await parts.deliver(1)
            parts.clock.advance(seconds)
    assert len(parts.wires["mail"].taken) <= 16
    for _ in range(30):
        await parts.deliver(1)
        parts.clock.advance(60)
    assert parts.wires["mail"].taken[-1].title.startswith("[RESOLVED] about risk/limit")
    assert {state for _, _, state in await parts.deliveries()} == {"delivered"}


async def test_a_flood_of_different_alerts_is_summed_up(parts: Parts) -> None:
    """Three thousand alerts at once are three messages for a channel."""
    for start in range(0, 3000, 500):
        await parts.report(*(parts.alert(f"kind-{n}/x") for n in range(start, start + 500)))
    await parts.deliver(5)
    assert len(parts.wires["mail"].taken) <= 4
    assert parts.wires["mail"].taken[0].body.count("\n- ") == 9
    assert {state for _, _, state in await parts.deliveries()} == {"delivered"}

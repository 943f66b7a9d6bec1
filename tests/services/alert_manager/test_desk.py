"""What reports lead to in SQL: matters, queues, escalations and the ends of silences."""

import asyncio
import time
from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, update
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager import delivery_rows, desk, matter_rows, silence_rows
from stockbot.alert_manager.delivery_rows import Receipt
from stockbot.alert_manager.tables import DELIVERIES
from stockbot.events.alerts import RiskAlert, Severity
from stockbot.model.alerts.matters import Standing
from stockbot.model.alerts.silences import Silence
from stockbot.runtime.database import Database


async def silence(parts: Parts, minutes: int, **matchers: object) -> None:
    made = Silence(
        silence_id=f"silence-{minutes}",
        until=parts.clock.now() + timedelta(minutes=minutes),
        created_by="anna",
        created_at=parts.clock.now(),
        reason="a test",
        **matchers,  # type: ignore[arg-type]
    )
    await parts.database.run(partial(silence_rows.add, silence=made))


async def test_one_open_matter_for_each_fingerprint(parts: Parts) -> None:
    """Within a batch and across batches it counts up, ends, and begins anew under another id."""
    await parts.report(parts.alert(), parts.alert(), parts.alert("risk/other"))
    await parts.report(parts.alert(), parts.alert(resolved=True), parts.alert())
    found = [(one.fingerprint, one.count, one.state) for one in await parts.matters()]
    assert found == [
        ("risk/limit", 3, Standing.RESOLVED),
        ("risk/other", 1, Standing.OPEN),
        ("risk/limit", 1, Standing.OPEN),
    ]


async def test_what_began_and_ended_in_one_batch_is_told(parts: Parts) -> None:
    """A critical alert of the time when nobody listened is not lost because it is over."""
    await parts.report(parts.alert(severity=Severity.CRITICAL), parts.alert(resolved=True))
    assert [(channel, transition) for channel, transition, _ in await parts.deliveries()] == [
        ("mail", "raised/critical"),
        ("mail", "resolved"),
        ("phone", "raised/critical"),
        ("phone", "resolved"),
    ]


async def test_the_same_again_queues_nothing(parts: Parts) -> None:
    """A hundred reports of one matter are one delivery; what is worse is one more."""
    for _ in range(5):
        await parts.report(*[parts.alert() for _ in range(20)])
    assert len(await parts.deliveries()) == 1
    await parts.report(parts.alert(severity=Severity.CRITICAL))
    assert len(await parts.deliveries()) == 3


async def test_an_event_that_a_database_would_refuse_is_taken(parts: Parts) -> None:
    """A zero byte in a title is replaced: the alert counts more than its spelling."""
    event = RiskAlert(
        id="e-1",
        source="risk-guardian/0",
        time=parts.clock.now(),
        subject="s",
        correlationid="c",
        data=parts.alert("risk/\0", title="zero \0 byte", detail="\0", labels={"why\0": "\0", "service": "a\0b"}),
    )
    await parts.database.run(partial(parts.desk.handle, events=[event]))
    (found,) = await parts.matters()
    assert (found.title, found.fingerprint, found.correlationid) == ("zero ? byte", "risk/?", "c")
    assert found.service == "a?b"


async def test_what_nobody_looks_after_is_passed_on_once(parts: Parts) -> None:
    """After 15 minutes the escalation's channel hears of it; whoever acknowledges in time keeps it to themselves."""
    await parts.report(parts.alert("risk/a"), parts.alert("risk/b"))
    seen = next(one for one in await parts.matters() if one.fingerprint == "risk/b")
    await parts.database.run(partial(parts.desk.acknowledge, alert_id=seen.alert_id, who="anna", note="on it"))
    parts.clock.advance(899)
    await parts.turn()
    assert {channel for channel, _, _ in await parts.deliveries()} == {"mail"}
    parts.clock.advance(1)
    for _ in range(3):
        await parts.turn()
    assert [one for one in await parts.deliveries() if one[0] == "phone"] == [("phone", "escalated/warning", "pending")]


async def test_an_acknowledgement_does_not_last_for_ever(parts: Parts) -> None:
    """Within a day it counts up and calls nobody; a day after the last report it is another matter, and told."""
    await parts.report(parts.alert())
    (seen,) = await parts.matters()
    await parts.database.run(partial(parts.desk.acknowledge, alert_id=seen.alert_id, who="anna", note="on it"))
    for hours in (23, 23):
        parts.clock.advance(hours * 3600)
        await parts.report(parts.alert())
    assert [(one.state, one.count) for one in await parts.matters()] == [(Standing.ACKNOWLEDGED, 3)]
    parts.clock.advance(24 * 3600)
    await parts.report(parts.alert(), parts.alert())
    states = [(one.state, one.count) for one in await parts.matters()]
    assert states == [(Standing.RESOLVED, 3), (Standing.OPEN, 2)]
    told = [transition for _, transition, _ in await parts.deliveries()]
    assert told == ["raised/warning", "raised/warning", "resolved"]


async def test_a_silence_keeps_and_its_end_tells_what_still_holds(parts: Parts) -> None:
    """Silenced alerts are stored and queue nothing; what is over meanwhile is history, the rest is told at the end."""
    await silence(parts, 10, fingerprint_prefix="risk/")
    await parts.report(parts.alert("risk/a"), parts.alert("risk/b"), parts.alert("prices/c"))
    await parts.report(parts.alert("risk/b", resolved=True))
    await parts.turn()
    assert len(await parts.matters()) == 3
    assert len(await parts.deliveries()) == 1
    parts.clock.advance(599)
    await parts.turn()
    assert len(await parts.deliveries()) == 1
    parts.clock.advance(1)
    await parts.turn()
    await parts.turn()
    assert len(await parts.deliveries()) == 2
    assert not any(one.held for one in await parts.matters() if one.state is Standing.OPEN)


async def test_a_silence_holds_back_an_escalation(parts: Parts) -> None:
    """Nobody is called about what somebody has silenced; afterwards they are."""
    await parts.report(parts.alert())
    await silence(parts, 30, service="risk-guardian")
    parts.clock.advance(1000)
    await parts.turn()
    assert [one.escalated_at for one in await parts.matters()] == [None]
    assert "phone" not in {channel for channel, _, _ in await parts.deliveries()}
    parts.clock.advance(1000)
    await parts.turn()
    assert "phone" in {channel for channel, _, _ in await parts.deliveries()}


async def test_many_silenced_matters_hide_none_that_is_due(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn looks at so many matters at most; the silenced ones among them need nothing."""
    monkeypatch.setattr(desk, "MOST_AT_ONCE", 2)
    await silence(parts, 60, fingerprint_prefix="noise/")
    await parts.report(*(parts.alert(f"noise/{number}") for number in range(3)), parts.alert("risk/a"))
    parts.clock.advance(901)
    await parts.turn()
    assert ("phone", "escalated/warning", "pending") in await parts.deliveries()
    parts.clock.advance(3600)
    for _ in range(3):
        await parts.turn()
    assert not any(one.held for one in await parts.matters())


async def test_somebody_acknowledges_while_another_process_turns(parts: Parts, database_url: str) -> None:
    """The answer is given by any process: what the turn has read meanwhile does not take it back."""
    await parts.report(parts.alert())
    (seen,) = await parts.matters()
    parts.clock.advance(901)
    other = Database.open(database_url)
    acknowledged = partial(parts.desk.acknowledge, alert_id=seen.alert_id, who="anna", note="on it")
    answers = []

    def turn(connection: Connection) -> None:
        found = matter_rows.standing(connection, limit=10)
        answers.append(asyncio.run_coroutine_threadsafe(other.run(acknowledged), loop))
        time.sleep(0.5)
        matter_rows.save(connection, [replace(one, escalated_at=parts.clock.now()) for one in found])

    loop = asyncio.get_running_loop()
    await parts.database.run(turn)
    await asyncio.wrap_future(answers[0])
    assert [one.state for one in await parts.matters()] == [Standing.ACKNOWLEDGED]
    await other.close()


async def test_a_new_document_tells_its_new_channels_what_is_open(parts: Parts) -> None:
    """At start everything open is queued as the document asks now; what waits for a channel that is gone has failed."""
    await parts.report(parts.alert(severity=Severity.CRITICAL))
    rules = replace(parts.desk.rules, deliverable=frozenset({"mail", "team"}))
    routes = tuple(replace(route, channels=("mail", "team")) for route in rules.routes)
    desk = parts.desk.__class__(
        rules=replace(rules, routes=routes),
        retries=parts.retries,
        channels=frozenset({"mail", "team"}),
        source="a",
        clock=parts.clock,
    )
    for _ in range(2):
        await parts.database.run(partial(desk.plan_all, now=parts.clock.now()))
    assert await parts.deliveries() == [
        ("mail", "raised/critical", "pending"),
        ("phone", "raised/critical", "failed"),
        ("team", "raised/critical", "pending"),
    ]


async def test_sql_and_model_agree_on_what_a_silence_fits(parts: Parts) -> None:
    """The queue's condition in SQL holds back exactly what `Silence.fits` says, wild cards and case included."""
    names = ["risk/a", "Risk/a", "risk_a/x", "riskxa/x", "risk%/x"]
    await parts.report(*(parts.alert(name) for name in names))
    for prefix in ("risk/", "risk_", "risk%", "r"):
        made = Silence(
            silence_id="s",
            until=parts.clock.now() + timedelta(hours=1),
            created_by="anna",
            created_at=parts.clock.now(),
            reason="",
            fingerprint_prefix=prefix,
            severity=Severity.WARNING,
        )
        waiting = await parts.database.read(lambda c, s=made: parts.pending(c, [s]))
        assert waiting == {one.fingerprint for one in await parts.matters() if not made.fits(one)}


async def test_a_receipt_counts_once(parts: Parts) -> None:
    """Booked again, as after a journal was done again, it changes nothing that it has settled."""
    await parts.report(parts.alert())
    (waiting,) = await parts.database.read(lambda c: delivery_rows.pending(c, "mail", []))
    receipt = Receipt(
        channel="mail", message_id="m", delivery_ids=(waiting.delivery_id,), at=parts.clock.now(), reason=""
    )
    for _ in range(2):
        await parts.database.run(partial(parts.desk.book, receipt=receipt))
    (found,) = await parts.matters()
    shown = await parts.database.read(lambda c: delivery_rows.of_alerts(c, [found.alert_id]))
    assert [(one.state, one.attempts) for one in shown[found.alert_id]] == [("delivered", 1)]


async def test_the_end_is_not_told_to_whoever_never_heard_of_it(parts: Parts) -> None:
    """A channel whose delivery was given up does not get the end of something unknown."""
    await parts.report(parts.alert(severity=Severity.CRITICAL))
    failed = update(DELIVERIES).where(DELIVERIES.c.channel == "phone").values(state="failed")
    await parts.database.run(lambda c: c.execute(failed) and None)
    await parts.report(parts.alert(resolved=True))
    assert [channel for channel, transition, _ in await parts.deliveries() if transition == "resolved"] == ["mail"]

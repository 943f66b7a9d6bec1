"""Which deliveries make the next message, and when."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.model.alerts.scenes import at

from stockbot.model.alerts.messages import MINUTE, Pace, Pending, Send, Sent, Wait, next_message

PACE = Pace(max_per_minute=3, group=timedelta(seconds=30))


def waiting(name: str, kind: str = "risk", *, due: float = 0, rank: int = 1, attempts: int = 0) -> Pending:
    return Pending(delivery_id=name, alert_id=f"alert-{name}", kind=kind, rank=rank, due_at=at(due), attempts=attempts)


def chosen(pending: list[Pending], sent: list[Sent], now: datetime, **how: datetime | None) -> set[str]:
    found = next_message(pending, sent, PACE, not_before=how.get("not_before"), now=now)
    return {one.delivery_id for one in found.deliveries} if isinstance(found, Send) else set()


def test_the_first_of_a_kind_goes_at_once() -> None:
    """Nobody waits for company when something goes wrong."""
    assert chosen([waiting("a")], [], at(0)) == {"a"}


def test_what_follows_is_collected() -> None:
    """Within the group time of the last message nothing of its kind goes; then all of it, in one message."""
    sent = [Sent("m", "risk", at(0))]
    pending = [waiting("a", due=1), waiting("b", due=20)]
    assert next_message(pending, sent, PACE, not_before=None, now=at(29)) == Wait(at(30))
    assert chosen(pending, sent, at(30)) == {"a", "b"}


def test_another_kind_does_not_wait() -> None:
    """Each kind has a group time of its own; the most severe goes first, in a message of its own."""
    severe, other = waiting("b", "quiet", rank=2), waiting("c", "prices")
    assert chosen([waiting("a"), severe], [Sent("m", "risk", at(0))], at(1)) == {"b"}
    assert chosen([other, severe], [], at(1)) == {"b"}


def test_a_full_minute_sums_up_the_rest() -> None:
    """The last message that a channel may send this minute carries everything that waits."""
    pending = [waiting(kind, kind) for kind in ("a", "b", "c", "d")]
    sent = [Sent("m1", "x", at(0)), Sent("m2", "y", at(1))]
    assert chosen(pending, sent, at(2)) == {"a", "b", "c", "d"}
    full = [*sent, Sent("m3", "z", at(2))]
    assert next_message(pending, full, PACE, not_before=None, now=at(3)) == Wait(at(60))
    assert chosen(pending, full, at(60)) == {"a", "b", "c", "d"}


def test_a_channel_that_failed_rests_and_then_tells_all_at_once() -> None:
    """What piled up while it was down is one message."""
    pending = [waiting("a", "a", attempts=1), waiting("b", "b")]
    found = next_message(pending, [], PACE, not_before=at(5), now=at(1))
    assert found == Wait(at(5))
    assert chosen(pending, [], at(5), not_before=at(5)) == {"a", "b"}


def test_what_comes_and_goes_waits_for_its_time() -> None:
    """A delivery that is due later waits, unless its kind is told anyway."""
    assert next_message([waiting("a", due=40)], [], PACE, not_before=None, now=at(0)) == Wait(at(40))
    assert chosen([waiting("a", due=40), waiting("b")], [], at(0)) == {"a", "b"}


def test_nothing_to_tell() -> None:
    """An empty queue waits for nothing."""
    assert next_message([], [], PACE, not_before=None, now=at(0)) == Wait()


arrivals = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from("abcde"), st.integers(0, 2), st.integers(0, 120)), max_size=40
)


@settings(max_examples=60)
@given(arrivals, st.integers(1, 4), st.integers(0, 60), st.sets(st.integers(0, 12)))
def test_everything_arrives_once_and_never_in_a_flood(
    told: list[tuple[int, str, int, int]], limit: int, group: int, failing: set[int]
) -> None:
    """Whatever comes and whichever attempts fail: all arrives once; rate and group time hold for what arrives."""
    pace = Pace(max_per_minute=limit, group=timedelta(seconds=group))
    queue = [
        (at(when), waiting(f"{n}", kind, due=when + hold, rank=rank)) for n, (when, kind, rank, hold) in enumerate(told)
    ]
    sent: list[Sent] = []
    arrived: list[str] = []
    attempts, now, not_before = 0, at(0), None
    for _ in range(10_000):
        pending = [one for came, one in queue if came <= now and one.delivery_id not in arrived]
        found = next_message(pending, sent, pace, not_before=not_before, now=now)
        if isinstance(found, Wait):
            later = [moment for moment in (found.until, *(came for came, _ in queue)) if moment and moment > now]
            if not later:
                break
            now = min(later)
            continue
        attempts += 1
        kinds = {one.kind for one in found.deliveries}
        if attempts in failing:
            not_before = now + timedelta(seconds=5)
            continue
        for kind in kinds:
            assert all(now - past.at >= pace.group for past in sent if past.kind == kind)
        sent += [Sent(f"m{attempts}", kind, now) for kind in kinds]
        arrived += [one.delivery_id for one in found.deliveries]
        times = sorted({past.message_id: past.at for past in sent}.values())
        assert all(b - a >= MINUTE for a, b in zip(times, times[limit:], strict=False))
    assert sorted(arrived) == sorted(one.delivery_id for _, one in queue)

"""What a desk asks of the past, what waits for it, and what it then gives, without a hole."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.services.strategy_orchestrator.world import strategy

from stockbot.events.market import Bar, Quote
from stockbot.model.strategies.catalogue import BUILT_IN
from stockbot.model.strategies.run import Run
from stockbot.model.trading_hours import RoundTheClock
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator.assignments import Shard, assignment_of
from stockbot.strategy_orchestrator.desk import MOST_WAITING, Cause, Desk, Want
from stockbot.strategy_orchestrator.watch import Watch
from stockbot.testing.clock import START
from stockbot.testing.events import quote

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOURS = RoundTheClock()
CAUSE = Cause("tick", "chain")


def bar(start: datetime) -> Bar:
    price = quote().mark
    return Bar(
        symbol="AAPL",
        interval="1m",
        start=start,
        end=start + MINUTE,
        open=price,
        high=price,
        low=price,
        close=price,
        provider="demo",
    )


@pytest.fixture
def watch() -> Watch:
    return Watch("AAPL", ["1m"])


@pytest.fixture
def desk() -> Desk:
    spec = Strategy.model_validate(strategy("trend", "MovingAverageCross", ["AAPL"], parameters={"fast": 2, "slow": 5}))
    assignment = assignment_of(spec, {}, account="paper", shard=Shard(0, 1))
    made = Desk(assignment, "AAPL")
    made.run = Run(assignment.instance, "AAPL", BUILT_IN["MovingAverageCross"](assignment.parameters))
    return made


def see(desk: Desk, watch: Watch, at: datetime, *, broken: bool = False, stale: bool = False) -> None:
    given = replace(quote(at=at), stale=stale)
    desk.see(watch, watch.take(given, HOURS, broken=broken), CAUSE)


def given(desk: Desk) -> list[datetime | str]:
    """The ends of the bars that are due, and `quote` for each quote; they are taken out."""
    return ["quote" if isinstance(due.seen, Quote) else due.seen.end for due in desk.take_due()]


def fill(desk: Desk, watch: Watch, want: Want) -> bool:
    start = want.start or want.until - want.count * MINUTE
    count = (want.until - start) // MINUTE
    return desk.fill(want, [bar(start + n * MINUTE) for n in range(count)], watch)


def test_a_new_desk_wants_its_history_first(desk: Desk, watch: Watch) -> None:
    """As many bars as it warms up with, and a few more; what comes meanwhile waits."""
    see(desk, watch, START + 20 * SECOND)
    want = desk.want(watch)
    assert want == Want(None, START, 8)
    assert given(desk) == []
    assert fill(desk, watch, want)
    assert given(desk) == [*(START - n * MINUTE for n in range(7, -1, -1)), "quote"]
    assert desk.want(watch) is None


def test_the_minute_that_was_not_watched_from_its_beginning_is_asked_for(desk: Desk, watch: Watch) -> None:
    """As soon as it is over, and later bars wait for it."""
    see(desk, watch, START + 20 * SECOND)
    fill(desk, watch, desk.want(watch) or pytest.fail("it wants its history"))
    desk.take_due()
    see(desk, watch, START + MINUTE + 5 * SECOND)
    want = desk.want(watch)
    assert want == Want(START, START + MINUTE, 0)
    see(desk, watch, START + 2 * MINUTE)
    assert given(desk) == []
    assert fill(desk, watch, want)
    assert given(desk) == [START + MINUTE, START + 2 * MINUTE, "quote"]


def test_a_bar_that_the_gateway_does_not_have_yet_is_waited_for(desk: Desk, watch: Watch) -> None:
    """For two minutes of the market; after that nobody traded in it."""
    see(desk, watch, START + 20 * SECOND)
    fill(desk, watch, desk.want(watch) or pytest.fail("it wants its history"))
    desk.take_due()
    see(desk, watch, START + MINUTE)
    want = desk.want(watch) or pytest.fail("it wants the minute")
    assert not desk.fill(want, [], watch)
    assert "no bar until" in desk.problem
    assert desk.want(watch) == want
    see(desk, watch, START + 3 * MINUTE)
    assert desk.fill(want, [], watch)
    assert given(desk) == [START + 2 * MINUTE, "quote"]
    assert desk.problem == ""


def test_a_gap_is_asked_for(desk: Desk, watch: Watch) -> None:
    """From the last bar that was given to the first that was watched again."""
    see(desk, watch, START)
    fill(desk, watch, desk.want(watch) or pytest.fail("it wants its history"))
    see(desk, watch, START + MINUTE)
    assert START + MINUTE in given(desk)
    see(desk, watch, START + 10 * MINUTE + SECOND, broken=True)
    assert desk.want(watch) == Want(START + MINUTE, START + 10 * MINUTE, 0)


def test_a_stale_quote_is_given_to_nobody(desk: Desk, watch: Watch) -> None:
    """And nothing is asked for until prices are good again."""
    see(desk, watch, START)
    fill(desk, watch, desk.want(watch) or pytest.fail("it wants its history"))
    desk.take_due()
    see(desk, watch, START + 5 * MINUTE, stale=True)
    assert (given(desk), desk.want(watch)) == ([], None)
    see(desk, watch, START + 6 * MINUTE)
    assert desk.want(watch) == Want(START, START + 6 * MINUTE, 0)


def test_who_waits_too_long_begins_anew(desk: Desk, watch: Watch) -> None:
    """Bars that wait for a gateway that does not come back do not fill the memory."""
    for n in range(MOST_WAITING + 2):
        see(desk, watch, START + n * MINUTE)
    assert desk.run is None


def test_the_first_price_is_where_deciding_begins(desk: Desk, watch: Watch) -> None:
    """A new strategy decides nothing that was before it; what the last bar led to may still be signalled."""
    see(desk, watch, START + 20 * SECOND)
    assert desk.progress is not None
    assert (desk.progress.decided_until, desk.progress.waiting) == (START + 20 * SECOND, True)

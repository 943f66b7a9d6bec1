"""State: the latest by version wins, whatever comes when, and is there for whoever starts later."""

from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.streams import PORTFOLIO, state_key
from stockbot.runtime.bus import BroadcastReader, Bus, LatestWins, publish_state, read_state
from stockbot.testing.events import portfolio_update


@given(st.permutations(range(1, 8)), st.data())
def test_the_highest_version_wins_in_any_order(versions: list[int], data: st.DataObject) -> None:
    """Repeated and reordered states leave the newest one standing, and only news is reported as news."""
    repeated = versions + data.draw(st.lists(st.sampled_from(versions)))
    latest = LatestWins()
    news = [version for version in repeated if latest.offer(portfolio_update(version))]
    assert latest.states["paper"].data.version == max(versions)
    assert news == sorted(set(news))


def test_accounts_have_versions_of_their_own() -> None:
    """A low version of one account is news beside a high one of another."""
    latest = LatestWins()
    assert latest.offer(portfolio_update(9, account="one"))
    assert latest.offer(portfolio_update(1, account="two"))


def test_a_restored_database_may_count_from_below() -> None:
    """Another incarnation is another history: its first state replaces what stood."""
    latest = LatestWins()
    latest.offer(portfolio_update(9))
    assert latest.offer(portfolio_update(4, incarnation="5.b"))
    assert latest.states["paper"].data.version == 4


async def test_a_late_starter_finds_the_latest_state(bus: Bus) -> None:
    """The key holds one state for each account, the stream all of them."""
    for state in (portfolio_update(1), portfolio_update(2), portfolio_update(3, account="other")):
        await publish_state(bus, state)
    found = await read_state(bus)
    assert sorted((state.subject, state.data.version) for state in found) == [("other", 3), ("paper", 2)]
    reader = BroadcastReader(bus, [PORTFOLIO], start=b"0-0")
    assert len(await reader.read()) == 3


async def test_a_malformed_state_is_passed_over(bus: Bus) -> None:
    """What somebody wrote into the key by hand hides no other account."""
    await publish_state(bus, portfolio_update(1))
    await bus.commands.hset(state_key(PORTFOLIO), "broken", b"{")
    assert [state.subject for state in await read_state(bus)] == ["paper"]

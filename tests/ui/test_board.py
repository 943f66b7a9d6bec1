"""The board: one state, shown to many pages."""

import asyncio

import pytest
from msgspec.structs import replace

from stockbot.testing.clock import FixedClock
from stockbot_console.board import QUIET_SECONDS, Board
from stockbot_console.view import View


def changed(board: Board, trouble: str | None) -> None:
    board.change(replace(board.state, trouble=trouble))


async def test_a_change_is_shown_at_once_and_then_there_is_quiet() -> None:
    """The first change does not wait; those right after it wait a quarter of a second together."""
    clock = FixedClock()
    board, seen = Board(clock), list[View]()
    board.subscribe(seen.append)
    before = clock.now()
    changed(board, None)
    await board.beat()
    assert [view.lights[1].word for view in seen] == ["connected"]
    assert (clock.now() - before).total_seconds() == QUIET_SECONDS


async def test_many_changes_are_one_showing() -> None:
    """Pages get the latest state, not each step to it."""
    board, seen = Board(FixedClock()), list[View]()
    board.subscribe(seen.append)
    for trouble in ("first", "second", None):
        changed(board, trouble)
    await board.beat()
    assert [view.lights[1].word for view in seen] == ["connected"]


async def test_without_a_change_things_still_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat comes also when nothing arrives, so that a silent feed is noticed."""
    monkeypatch.setattr("stockbot_console.board.AGEING_SECONDS", 0.001)
    board, seen = Board(FixedClock()), list[View]()
    board.subscribe(seen.append)
    await board.beat()
    assert len(seen) == 1


async def test_the_same_state_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that repeats what is known wakes nobody."""
    board = Board(FixedClock())
    board.change(replace(board.state))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(board.beat(), 0.001)


async def test_a_page_that_fails_keeps_no_other_from_the_view() -> None:
    """One broken page is logged, and the rest is shown to."""

    def broken(view: View) -> None:
        raise RuntimeError(view.banner.word)

    board, seen = Board(FixedClock()), list[View]()
    board.subscribe(broken)
    board.subscribe(seen.append)
    board.publish()
    assert len(seen) == 1


async def test_a_page_that_left_is_shown_nothing() -> None:
    """Unsubscribing ends it."""
    board, seen = Board(FixedClock()), list[View]()
    leave = board.subscribe(seen.append)
    leave()
    board.publish()
    assert seen == []

"""The supervisor with children that a test plays: what is started, when, and how it ends."""

import asyncio
from pathlib import Path

import pytest

from stockbot.local.children import Child
from stockbot.local.states import Phase, Readiness, State
from stockbot.local.supervisor import HEAD_START_SECONDS, Supervisor
from stockbot.testing.clock import FixedClock


class Actor:
    """A child that does what the test sets."""

    log = Path("/dev/null")
    stop_seconds = 3.0

    def __init__(self, name: str) -> None:
        self.name = name
        self.says = Readiness(ready=True)
        self.code: int | None = None
        self.starts = 0
        self.signals: list[str] = []
        self.refusal: OSError | None = None

    def start(self) -> None:
        self.starts += 1
        if self.refusal:
            raise self.refusal
        self.code = None

    def exit_code(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.signals.append("TERM")

    def kill(self) -> None:
        self.signals.append("KILL")
        self.code = -9

    async def readiness(self) -> Readiness:
        return self.says


class Story:
    """A supervisor over actors, the clock in hand, and what was reported."""

    def __init__(self, first: list[Actor], rest: list[Actor]) -> None:
        self.clock = FixedClock()
        self.told: list[tuple[str, Phase]] = []
        self.supervisor = Supervisor(first, rest, clock=self.clock, draw=lambda: 0.0, report=self.report)

    def report(self, child: Child, _before: State, after: State) -> None:
        self.told.append((child.name, after.phase))

    async def ticks(self, count: int, seconds: float = 0.0) -> None:
        for _ in range(count):
            await self.supervisor.tick()
            self.clock.advance(seconds)


@pytest.fixture
def gateway() -> Actor:
    return Actor("gateway")


@pytest.fixture
def risk() -> Actor:
    return Actor("risk")


async def test_the_others_start_once_the_first_are_ready(gateway: Actor, risk: Actor) -> None:
    """What a person waits for has the machine to itself at first."""
    story = Story([gateway], [risk])
    await story.ticks(1)
    assert (gateway.starts, risk.starts) == (1, 0)
    await story.ticks(3)
    assert risk.starts == 1
    assert story.supervisor.is_settled


async def test_a_slow_first_service_does_not_hold_up_the_others(gateway: Actor, risk: Actor) -> None:
    """After its head start the others start whatever the first one says."""
    gateway.says = Readiness(ready=False, reason="no prices")
    story = Story([gateway], [risk])
    await story.ticks(3)
    assert risk.starts == 0
    story.clock.advance(HEAD_START_SECONDS)
    await story.ticks(1)
    assert risk.starts == 1


async def test_a_crash_is_restarted_after_its_pause(gateway: Actor) -> None:
    """It is not started before the pause is over, and then once."""
    story = Story([gateway], [])
    await story.ticks(2)
    gateway.code = 1
    await story.ticks(3)
    assert gateway.starts == 1
    story.clock.advance(0.25)
    await story.ticks(2)
    assert gateway.starts == 2
    assert story.supervisor.states["gateway"] == State(
        Phase.READY, started_at=1000.25, crashes=1, restarts=1, retry_at=1000.25
    )
    assert story.told == [
        ("gateway", Phase.STARTING),
        ("gateway", Phase.READY),
        ("gateway", Phase.BACKING_OFF),
        ("gateway", Phase.STARTING),
        ("gateway", Phase.READY),
    ]


async def test_a_start_that_the_machine_refuses_is_tried_again(gateway: Actor) -> None:
    """A full process table is a reason to wait, not to end."""
    gateway.refusal = OSError("Resource temporarily unavailable")
    story = Story([gateway], [])
    await story.ticks(1)
    state = story.supervisor.states["gateway"]
    assert (state.phase, state.reason) == (Phase.BACKING_OFF, "Resource temporarily unavailable")
    gateway.refusal = None
    await story.ticks(4, seconds=0.25)
    assert story.supervisor.is_settled


async def test_a_crash_of_one_leaves_the_others_alone(gateway: Actor, risk: Actor) -> None:
    """Only who crashed is started again."""
    story = Story([gateway, risk], [])
    await story.ticks(2)
    gateway.code = 1
    await story.ticks(8, seconds=0.25)
    assert (gateway.starts, risk.starts) == (2, 1)


async def test_who_does_not_end_in_time_is_killed(gateway: Actor, risk: Actor) -> None:
    """SIGTERM goes to all at once; SIGKILL only to who is left after its own drain time."""
    risk.stop_seconds = 100.0
    story = Story([gateway, risk], [])
    await story.ticks(2)
    risk.terminate = lambda: risk.__dict__.update(code=0)  # type: ignore[method-assign] # it obeys
    await story.supervisor.stop([gateway, risk], asyncio.Event())
    assert (gateway.signals, risk.signals) == (["TERM", "KILL"], [])
    assert story.clock.monotonic() >= 1000.0 + gateway.stop_seconds


async def test_a_hurry_kills_at_once(gateway: Actor) -> None:
    """A second signal of the person does not wait for the drain time."""
    story = Story([gateway], [])
    await story.ticks(2)
    hurry = asyncio.Event()
    hurry.set()
    await story.supervisor.stop([gateway], hurry)
    assert gateway.signals == ["TERM", "KILL"]
    assert story.clock.monotonic() < 1000.0 + gateway.stop_seconds


async def test_looks_are_rarer_once_all_is_calm(gateway: Actor) -> None:
    """While something starts the supervisor looks more often than afterwards."""
    story = Story([gateway], [])
    before = story.supervisor.pause_seconds
    await story.ticks(2)
    assert story.supervisor.pause_seconds > before


async def test_a_restart_waits_for_the_end_of_the_process(gateway: Actor) -> None:
    """SIGTERM, and a new start once the old one is gone: never two at once."""
    story = Story([gateway], [])
    await story.ticks(2)
    assert story.supervisor.restart("gateway", "ada asked for a restart")
    await story.ticks(2)
    assert (gateway.signals, gateway.starts) == (["TERM"], 1)
    assert not story.supervisor.is_settled
    gateway.code = 0
    await story.ticks(3)
    assert gateway.starts == 2
    assert [phase for _, phase in story.told[2:]] == [Phase.STOPPING, Phase.WAITING, Phase.STARTING, Phase.READY]


async def test_a_restart_has_the_drain_time_and_no_more(gateway: Actor) -> None:
    """Who does not end by then is killed, and started again."""
    story = Story([gateway], [])
    await story.ticks(2)
    story.supervisor.restart("gateway", "x")
    await story.ticks(4, seconds=1.0)
    assert gateway.signals == ["TERM"]
    await story.ticks(3, seconds=1.0)
    assert (gateway.signals, gateway.starts) == (["TERM", "KILL"], 2)


async def test_only_what_runs_can_be_restarted(gateway: Actor) -> None:
    """Not what nobody knows, not what waits for its start, and not twice at once."""
    story = Story([gateway], [])
    assert not story.supervisor.restart("gateway", "x")
    assert not story.supervisor.restart("none", "x")
    await story.ticks(2)
    assert story.supervisor.restart("gateway", "x")
    assert not story.supervisor.restart("gateway", "x")
    assert gateway.signals == ["TERM"]

"""Who may act: decided by what was seen and one clock that nobody sets."""

from typing import Any

import pytest
from tests.operator import sights

from stockbot_operator.kube.errors import NotFound
from stockbot_operator.kube.objects import Lease, LeaseSpec
from stockbot_operator.lease import CAUTION, LeaseHolder, Sight, look, may_take

ME = "operator-0"
HELD = LeaseSpec(holder_identity="operator-1", lease_duration_seconds=15, renew_time="1")


@pytest.mark.parametrize(
    ("spec", "since", "now", "free"),
    [
        (LeaseSpec(), 0, 0, True),  # nobody has it
        (LeaseSpec(holder_identity=ME, lease_duration_seconds=15), 0, 0, True),  # it is ours already
        (HELD, 100, 100, False),
        (HELD, 100, 115, False),  # its last second is still its holder's
        (HELD, 100, 115.1, True),
    ],
)
def test_who_may_take_it(spec: LeaseSpec, since: float, now: float, *, free: bool) -> None:
    """A Lease is free for those who saw it unchanged for its whole length."""
    assert may_take(Sight(spec, since), ME, now) is free


def test_a_renewal_begins_the_wait_anew() -> None:
    """What counts is when we saw it change, not what the times in it say."""
    first = look(None, HELD, 100)
    assert look(first, HELD, 110).since == 100
    renewed = LeaseSpec(holder_identity="operator-1", lease_duration_seconds=15, renew_time="2")
    assert look(first, renewed, 110).since == 110


def test_the_holder_stops_before_anybody_else_begins() -> None:
    """It counts a part of the length from before it asked; a candidate counts the whole from after the answer."""
    length, asked, answered = 15, 100.0, 100.2
    holder_stops = asked + length * CAUTION
    sight = look(None, HELD, answered)
    assert not may_take(sight, ME, holder_stops)


class Server:
    """An API server with one Lease, or without it."""

    def __init__(self) -> None:
        self.lease: Lease | None = Lease(spec=HELD)

    async def get(self, *_: object) -> Lease:
        if self.lease is None:
            raise NotFound(404, "NotFound", "gone")
        return self.lease

    async def create(self, *_: object) -> Lease:
        self.lease = Lease(spec=LeaseSpec(holder_identity=ME, lease_duration_seconds=15))
        return self.lease


async def test_a_deleted_lease_is_its_holders_until_it_would_have_run_out() -> None:
    """Whoever held it learns of that when it renews: until then two would lead."""
    time, server = [100.0], Server()
    place: Any = ("trading", "lease")
    client: Any = server
    holder = LeaseHolder(client, place, ME, seconds=15, elapsed=lambda: time[0], now=lambda: sights.NOW)
    assert not await holder.hold()
    server.lease = None
    assert not await holder.hold()
    time[0] += 15.1
    assert await holder.hold()
    assert holder.remaining() > 0


async def test_it_belongs_to_the_account_of_now() -> None:
    """An account that was made anew has another uid: with the old one the garbage collector would end a held Lease."""
    written: list[list[dict[str, str]]] = []
    owners = [{"uid": "1"}]

    async def write(*given: Any) -> Lease:
        written.append(given[-1]["metadata"]["ownerReferences"])
        return Lease(spec=LeaseSpec(holder_identity=ME, lease_duration_seconds=15))

    server = Server()
    server.lease = None
    server.create = server.replace = write  # type: ignore[method-assign,attr-defined]
    client: Any = server
    holder = LeaseHolder(
        client, ("trading", "x"), ME, seconds=15, elapsed=lambda: 0.0, now=lambda: sights.NOW, owners=lambda: owners
    )
    assert await holder.hold()
    owners = [{"uid": "2"}]
    assert await holder.hold()
    assert written == [[{"uid": "1"}], [{"uid": "2"}]]

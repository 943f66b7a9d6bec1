"""Each channel's queue in SQL, with its receipts: what waits, what arrived, and what was given up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, case, func, select, update

from stockbot.alert_manager.matter_rows import batched
from stockbot.alert_manager.silence_rows import untouched
from stockbot.alert_manager.tables import ALERTS, CHANNELS, DELIVERIES
from stockbot.model.alerts.flapping import patience
from stockbot.model.alerts.matters import RANKS, Matter, Standing
from stockbot.model.alerts.messages import MINUTE, Pending, Sent
from stockbot.model.alerts.retries import Retries
from stockbot.model.alerts.routing import RESOLVED, Wanted
from stockbot.model.alerts.silences import Silence
from stockbot.runtime.database import insert

MOST_AT_ONCE = 1000  # deliveries that one message can carry


class State(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class ChannelState(Struct, frozen=True, kw_only=True):
    """`failures` in a row; after one the channel rests until `retry_at`."""

    failures: int = 0
    retry_at: datetime | None = None
    last_delivery_at: datetime | None = None
    last_error: str | None = None


class Delivered(Struct, frozen=True, kw_only=True):
    """A delivery as it is shown; `at` is its last attempt, or when it began to wait."""

    channel: str
    transition: str
    state: State
    attempts: int
    at: datetime
    reason: str


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one message: `reason` is empty where it arrived."""

    channel: str
    message_id: str
    delivery_ids: tuple[str, ...]
    at: datetime
    reason: str = ""


def add(connection: Connection, wanted: Sequence[tuple[Matter, Wanted]], now: datetime) -> None:
    """Put deliveries into their channels' queues; those that are or were there already stay as they are."""
    rows = [_row(matter, one, now) for matter, one in wanted]
    if rows:
        connection.execute(insert(connection, DELIVERIES).on_conflict_do_nothing(), rows)


def told(connection: Connection, alert_ids: Sequence[str]) -> dict[str, set[str]]:
    """The channels that know of each alert, or will, for all that was not given up."""
    found: dict[str, set[str]] = {}
    columns = (DELIVERIES.c.alert_id, DELIVERIES.c.channel)
    for names in batched(alert_ids):
        mine = DELIVERIES.c.alert_id.in_(names)
        query = select(*columns).where(mine, DELIVERIES.c.state != State.FAILED, DELIVERIES.c.transition != RESOLVED)
        for alert_id, channel in connection.execute(query):
            found.setdefault(alert_id, set()).add(channel)
    return found


def pending(connection: Connection, channel: str, silences: Sequence[Silence]) -> list[Pending]:
    """What waits for a channel and no silence keeps quiet, the most severe and the oldest first."""
    columns = [DELIVERIES.c[name] for name in Pending.__struct_fields__]
    query = select(*columns).where(DELIVERIES.c.channel == channel, DELIVERIES.c.state == State.PENDING)
    audible = untouched(silences)
    if audible is not None:
        query = query.join(ALERTS, ALERTS.c.alert_id == DELIVERIES.c.alert_id).where(audible)
    query = query.order_by(DELIVERIES.c.rank.desc(), DELIVERIES.c.created_at).limit(MOST_AT_ONCE)
    return [Pending(**row) for row in connection.execute(query).mappings()]


def sent(connection: Connection, channel: str, now: datetime, group: timedelta) -> list[Sent]:
    """The messages that arrived lately, for the rate and the group time; failures have pauses of their own."""
    at = func.max(DELIVERIES.c.attempted_at)
    lately = DELIVERIES.c.attempted_at > now - max(group, MINUTE)
    mine = (DELIVERIES.c.channel == channel) & lately & (DELIVERIES.c.state == State.DELIVERED)
    key = (DELIVERIES.c.message_id, DELIVERIES.c.kind)
    return [Sent(*row) for row in connection.execute(select(*key, at).where(mine).group_by(*key))]


def channel_state(connection: Connection, channel: str) -> ChannelState:
    return channel_states(connection).get(channel, ChannelState())


def channel_states(connection: Connection) -> dict[str, ChannelState]:
    rows = connection.execute(select(CHANNELS)).mappings()
    return {row["name"]: ChannelState(**{k: v for k, v in row.items() if k != "name"}) for row in rows}


def book(connection: Connection, receipt: Receipt, retries: Retries) -> ChannelState:
    """Keep the receipt: on its deliveries, and on the channel, whose new state is returned."""
    for names in batched(receipt.delivery_ids):
        _book_deliveries(connection, receipt, names, retries)
    state = _after(channel_state(connection, receipt.channel), receipt, retries)
    row = {"name": receipt.channel, **{name: getattr(state, name) for name in ChannelState.__struct_fields__}}
    statement = insert(connection, CHANNELS).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
    return state


def try_again(connection: Connection, channel: str) -> None:
    """The channel is back: what was given up while it was away waits again, where its matter still is open."""
    still = select(ALERTS.c.alert_id).where(ALERTS.c.state == Standing.OPEN)
    given_up = DELIVERIES.c.channel == channel, DELIVERIES.c.state == State.FAILED, DELIVERIES.c.alert_id.in_(still)
    values = {"state": State.PENDING, "attempts": 0}
    connection.execute(update(DELIVERIES).where(*given_up).values(values))


def give_up_unknown(connection: Connection, known: Iterable[str]) -> None:
    """What waits for channels that the document no longer has never arrives."""
    stranded = DELIVERIES.c.state == State.PENDING, DELIVERIES.c.channel.not_in(list(known))
    values = {"state": State.FAILED, "reason": "the document no longer has this channel"}
    connection.execute(update(DELIVERIES).where(*stranded).values(values))


def of_alerts(connection: Connection, alert_ids: Sequence[str]) -> dict[str, list[Delivered]]:
    """The deliveries of each alert, the oldest first."""
    query = select(DELIVERIES).where(DELIVERIES.c.alert_id.in_(alert_ids)).order_by(DELIVERIES.c.created_at)
    found: dict[str, list[Delivered]] = {}
    for row in connection.execute(query):
        shown = Delivered(
            channel=row.channel,
            transition=row.transition,
            state=State(row.state),
            attempts=row.attempts,
            at=row.attempted_at or row.created_at,
            reason=row.reason,
        )
        found.setdefault(row.alert_id, []).append(shown)
    return found


def count_pending(connection: Connection) -> Mapping[str, int]:
    """How much waits for each channel."""
    query = select(DELIVERIES.c.channel, func.count()).where(DELIVERIES.c.state == State.PENDING)
    return dict(connection.execute(query.group_by(DELIVERIES.c.channel)).all())


def _book_deliveries(connection: Connection, receipt: Receipt, names: Sequence[str], retries: Retries) -> None:
    attempts = DELIVERIES.c.attempts + 1
    failed = case((attempts >= retries.most, State.FAILED), else_=State.PENDING)
    values = {
        "attempts": attempts,
        "attempted_at": receipt.at,
        "message_id": receipt.message_id,
        "state": failed if receipt.reason else State.DELIVERED,
        "reason": receipt.reason,
    }
    mine = DELIVERIES.c.delivery_id.in_(names), DELIVERIES.c.state == State.PENDING
    connection.execute(update(DELIVERIES).where(*mine).values(values))


def _after(before: ChannelState, receipt: Receipt, retries: Retries) -> ChannelState:
    if not receipt.reason:
        return ChannelState(last_delivery_at=receipt.at, last_error=before.last_error)
    failures = before.failures + 1
    return ChannelState(
        failures=failures,
        retry_at=receipt.at + retries.pause(failures),
        last_delivery_at=before.last_delivery_at,
        last_error=receipt.reason,
    )


def _row(matter: Matter, one: Wanted, now: datetime) -> dict[str, object]:
    return {
        "delivery_id": one.delivery_id,
        "alert_id": one.alert_id,
        "channel": one.channel,
        "transition": one.transition,
        "kind": matter.kind,
        "rank": RANKS[matter.peak],
        "state": State.PENDING,
        "attempts": 0,
        "created_at": now,
        "due_at": now + patience(matter.flaps),
        "reason": "",
    }

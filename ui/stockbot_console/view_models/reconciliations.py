"""How the engine's books stand beside the broker's, and whether it takes on orders. Used by the orders page. Pure."""

from datetime import tzinfo

from msgspec import Struct

from stockbot_console.answers import Failure
from stockbot_console.engine_answers import Drain, Drift, Reconciliation
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.numbers import NOTHING
from stockbot_console.view_models.questions import Question

WORDS = {"reconciled": "RECONCILED", "running": "RECONCILING", "failed": "FAILED", "never": "NOT YET"}
LEVELS = {"reconciled": Level.GOOD, "running": Level.WARNING, "failed": Level.BAD, "never": Level.WARNING}
SENTENCES = {
    "reconciled": "Orders, fills and positions are what the broker says.",
    "running": "Orders, fills and positions are being compared with the broker's. Nothing new is sent meanwhile.",
    "failed": "The books could not be compared with the broker's. Nothing new is sent until they are.",
    "never": "The books were not compared with the broker's yet. Nothing new is sent before that.",
}
DRAINS = {
    "serving": "Orders are taken on.",
    "draining": "No new order is taken on while those in flight are finished.",
    "drained": "No new order is taken on; nothing is in flight.",
}


class DriftRow(Struct, frozen=True, kw_only=True):
    key: str
    kind: str
    subject: str
    ours: str
    brokers: str
    since: Moment | None
    accept: Question


class Standing(Struct, frozen=True, kw_only=True):
    """`intake` says whether orders are taken on; `in_flight` is how many are on their way while it drains."""

    word: str
    level: str
    sentence: str
    last: Moment | None
    drifts: tuple[DriftRow, ...]
    intake: str
    drain_state: str
    in_flight: int


def standing(reconciliation: Reconciliation, drain: Drain | Failure, zone: tzinfo) -> Standing:
    drifts = tuple(_drift(one, zone) for one in reconciliation.drifts)
    state = reconciliation.state
    drifting = bool(drifts) and state == "reconciled"
    told = [
        SENTENCES[state] if not drifting else "Some things differ from what the broker says.",
        reconciliation.reason,
    ]
    return Standing(
        word=f"{len(drifts)} DRIFT{'S' if len(drifts) != 1 else ''}" if drifting else WORDS[state],
        level=Level.BAD if drifting else LEVELS[state],
        sentence=" ".join(part for part in told if part),
        last=moment(reconciliation.last_at, zone) if reconciliation.last_at else None,
        drifts=drifts,
        intake=DRAINS[drain.state] if isinstance(drain, Drain) else "Whether orders are taken on is not known.",
        drain_state=drain.state if isinstance(drain, Drain) else "",
        in_flight=len(drain.in_flight) if isinstance(drain, Drain) else 0,
    )


BOOKED = {
    "cash": ("The ledger books it as paid in or out.",),
    "position": (
        "The ledger books the shares as paid in or out, at their last price.",
        "A symbol that the gateway does not have leaves equity unknown, and no new order passes: add it there first.",
    ),
}


def _drift(drift: Drift, zone: tzinfo) -> DriftRow:
    return DriftRow(
        key=f"{drift.kind} {drift.subject}",
        kind=drift.kind,
        subject=drift.subject,
        ours=drift.ours or NOTHING,
        brokers=drift.brokers or NOTHING,
        since=moment(drift.since, zone) if drift.since else None,
        accept=Question(
            title="The broker is right",
            effects=(
                f"{drift.kind.capitalize()} {drift.subject}: ours is {drift.ours}, the broker's is {drift.brokers}.",
                "Our books become as the broker's. It is written down as yours.",
                *BOOKED.get(drift.kind, ()),
            ),
            button="Accept the broker's",
            tone="caution",
            done="Our books are as the broker's.",
        ),
    )

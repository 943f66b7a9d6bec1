"""State: a broadcast of which the latest by version wins, kept as a key too for whoever starts later."""

import structlog

from stockbot.codec import decode, encode
from stockbot.errors import MalformedEvent
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.events.streams import FIELD, PORTFOLIO, state_key
from stockbot.runtime.bus.connection import Bus, translated

KEPT_ENTRIES = 1_000

logger = structlog.get_logger(__name__)


class LatestWins:
    """Keeps the newest state of each account, in whatever order and however often states arrive."""

    def __init__(self) -> None:
        self.states: dict[str, PortfolioUpdate] = {}

    def offer(self, state: PortfolioUpdate) -> bool:
        """True if `state` is news: a higher version, or the first of another incarnation of the database."""
        known = self.states.get(state.subject)
        if known and known.incarnation == state.incarnation and known.data.version >= state.data.version:
            return False
        self.states[state.subject] = state
        return True


async def publish_state(bus: Bus, state: PortfolioUpdate) -> None:
    """Append the state and keep it as the latest of its account; raises BusUnavailable."""
    document = encode(state)
    pipeline = bus.commands.pipeline(transaction=True)
    pipeline.xadd(PORTFOLIO, {FIELD: document}, maxlen=KEPT_ENTRIES, approximate=True)
    pipeline.hset(state_key(PORTFOLIO), state.subject, document)
    with translated():
        await pipeline.execute()


async def read_state(bus: Bus) -> list[PortfolioUpdate]:
    """The latest kept state of every account; raises BusUnavailable."""
    with translated():
        documents = await bus.commands.hgetall(state_key(PORTFOLIO))
    return [state for account, document in documents.items() if (state := _decoded(account, document))]


def _decoded(account: bytes, document: bytes) -> PortfolioUpdate | None:
    try:
        state = decode(document)
    except MalformedEvent as error:
        logger.warning("malformed state", account=account.decode(errors="replace"), reason=str(error))
        return None
    return state if isinstance(state, PortfolioUpdate) else None

"""Makes the broker of the document. Adapters are imported here alone and late: a platform loads only its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stockbot.events.market import Quote
from stockbot.execution_engine.brokers.protocol import Broker
from stockbot.runtime.surroundings import Surroundings
from stockbot.spec.execution_engine import BrokerType, ExecutionEngine

See = Callable[[Sequence[Quote], datetime], Awaitable[None]]


@dataclass(frozen=True)
class Connected:
    """A broker, and where it wants every tick, if it does."""

    broker: Broker
    see: See | None = None

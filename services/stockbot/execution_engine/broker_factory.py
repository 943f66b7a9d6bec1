"""Makes the broker of the document. Adapters are imported here alone and late: a platform loads only its own."""

from dataclasses import dataclass

from stockbot.errors import ConfigurationError
from stockbot.execution_engine.brokers.protocol import Broker
from stockbot.execution_engine.market import See
from stockbot.execution_engine.tables import PAPER
from stockbot.execution_engine.trading_hours import TradingHours
from stockbot.runtime.surroundings import Surroundings
from stockbot.spec.execution_engine import AlpacaBroker, BrokerType, PaperBroker
from stockbot.spec.execution_engine import Broker as BrokerBlock


@dataclass(frozen=True)
class Connected:
    """A broker, and where it wants every tick, if it fills from them."""

    broker: Broker
    see: See | None = None


def connect(block: BrokerBlock, around: Surroundings, hours: TradingHours) -> Connected:
    """Nothing is sent yet; raises ConfigurationError for what a person must mend."""
    if block.type is BrokerType.ALPACA:
        return _alpaca(block.alpaca, around)
    return _paper(block.paper or PaperBroker(), around, hours)


def _paper(block: PaperBroker, around: Surroundings, hours: TradingHours) -> Connected:
    from stockbot.execution_engine.brokers.paper.broker import PaperBroker as Adapter  # noqa: PLC0415 - see above
    from stockbot.execution_engine.brokers.paper.terms import terms_of  # noqa: PLC0415

    broker = Adapter(
        storage=around.storage,
        tables=PAPER,
        clock=around.clock,
        account=around.settings.account,
        terms=terms_of(block),
        hours=hours.of,
    )
    return Connected(broker, broker.see)


def _alpaca(block: AlpacaBroker | None, around: Surroundings) -> Connected:
    from stockbot.execution_engine.brokers.alpaca.factory import alpaca_broker  # noqa: PLC0415 - see above

    if block is None:
        raise ConfigurationError("spec.executionEngine.broker.alpaca is missing: Alpaca needs keyId and secretKey")
    return Connected(alpaca_broker(block, around.clock))

"""What the document says of each strategy, checked and made ready for the decisions. Pure."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from stockbot.model.sharding import shard_of
from stockbot.model.strategies import sizing
from stockbot.model.strategies.catalogue import Kind, find
from stockbot.model.strategies.parameters import parse_parameters
from stockbot.model.strategies.schedule import Sessions
from stockbot.model.strategies.signals import Instance
from stockbot.spec.strategy_orchestrator import Sizing, Strategy


class Shard(Struct, frozen=True):
    """Which part of the symbols this process has."""

    number: int
    of: int

    def has(self, symbol: str) -> bool:
        return self.owner_of(symbol) == self.number

    def owner_of(self, symbol: str) -> int:
        """The number of the shard that has the symbol."""
        return shard_of(symbol, self.of)


class Assignment(Struct, frozen=True, kw_only=True):
    """One strategy of the document on this shard: its class, what the class is told, and on which symbols."""

    instance: Instance
    kind: Kind
    parameters: Any
    symbols: tuple[str, ...]


def assignment_of(spec: Strategy, own: Mapping[str, Kind], *, account: str, shard: Shard) -> Assignment:
    """Raises ConfigurationError for an unknown class and for wrong parameters."""
    kind = find(spec.class_name, own)
    return Assignment(
        instance=Instance(
            name=spec.name,
            account=account,
            interval=str(spec.interval),
            sizing=sizing_of(spec.sizing),
            schedule=Sessions(spec.schedule.sessions),
        ),
        kind=kind,
        parameters=parse_parameters(kind, spec.parameters),
        symbols=tuple(symbol for symbol in spec.symbols if shard.has(symbol)),
    )


def sizing_of(spec: Sizing) -> sizing.Sizing:
    """The document has checked that exactly one is given."""
    if spec.fixed_quantity is not None:
        return sizing.FixedQuantity(spec.fixed_quantity)
    if spec.notional is not None:
        return sizing.Notional(spec.notional)
    if spec.percent_of_equity is not None:
        return sizing.PercentOfEquity(spec.percent_of_equity)
    assert spec.volatility_target is not None  # noqa: S101 - as above
    return sizing.VolatilityTarget(spec.volatility_target.annual, spec.volatility_target.lookback_bars)


def digest_of(spec: Strategy, code: str) -> str:
    """Changes with the document's words on the strategy and with its code: what failed may be tried again then."""
    return blake2b(f"{spec.model_dump_json()}\n{code}".encode(), digest_size=16).hexdigest()

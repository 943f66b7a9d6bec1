"""Everything that one decision is made from: recorded with it, so that it can be made again and explained.

The Risk Guardian fills this in; `None` says that something is not known, and no check takes that for a yes.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from stockbot.events.envelope import Name, Time
from stockbot.events.market import ExchangeSessions, Quote
from stockbot.events.numbers import check_countable, check_price
from stockbot.events.trading import Signal
from stockbot.model.risk.account import Hold
from stockbot.model.risk.finite import check_numbers
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.session_day import Peak, SessionDay
from stockbot.model.risk.standing import Standing
from stockbot.model.risk.trading_state import TradingState


class Instrument(Struct, frozen=True, kw_only=True):
    """How a symbol is traded: steps of quantity and price, bounds, and the shares traded on an average day."""

    symbol: Name
    lot: Decimal = Decimal(1)
    tick: Decimal = Decimal("0.01")
    minimum_quantity: Decimal = Decimal(1)
    maximum_quantity: Decimal = Decimal(1_000_000_000)
    minimum_notional: Decimal = Decimal(0)
    average_volume: Decimal | None = None
    shortable: bool = True

    def __post_init__(self) -> None:
        check_price(lot=self.lot, tick=self.tick, minimum_quantity=self.minimum_quantity)
        check_price(maximum_quantity=self.maximum_quantity)
        check_countable(minimum_notional=self.minimum_notional, average_volume=self.average_volume)


class Costs(Struct, frozen=True, kw_only=True):
    """The broker's highest fee, by share and at least by order; and the width of a market order's collar, if any."""

    fee_per_share: Decimal = Decimal("0.005")
    minimum_fee: Decimal = Decimal(1)
    collar: Decimal | None = Decimal("0.01")  # a part of the reference price; None: market orders have no bound

    def __post_init__(self) -> None:
        check_countable(fee_per_share=self.fee_per_share, minimum_fee=self.minimum_fee, collar=self.collar)


class Activity(Struct, frozen=True, kw_only=True):
    """What was decided before: about this very signal, and in the last minute (approvals only)."""

    earlier_decision: str | None = None
    account_orders: int = 0
    strategy_orders: int = 0


class Losses(Struct, frozen=True, kw_only=True):
    """What the loss limits compare: the account's day and peak, and the record of the signal's strategy."""

    day: SessionDay | None = None
    peak: Peak | None = None
    net_deposits: Decimal | None = None
    strategy_loss: Decimal | None = None
    losses_in_a_row: int = 0
    last_loss_at: Time | None = None

    def __post_init__(self) -> None:
        check_numbers(net_deposits=self.net_deposits, strategy_loss=self.strategy_loss)


class Health(Struct, frozen=True, kw_only=True):
    """When market data last came, and the services whose `alive` key is gone."""

    market_data_at: Time | None = None
    silent: tuple[str, ...] = ()


class Replaced(Struct, frozen=True, kw_only=True):
    """The working order that a replace is about, as the account holds for it; and the replace that is on its way."""

    hold: Hold
    successor: str | None = None


class DecisionInputs(Struct, frozen=True, kw_only=True):
    """`now` is the wall clock's; `market_now` the time in the quote's market, which differs in a replay only.

    `replaced` is there for a replace alone, and the standing is then the account's without that order.
    """

    decision_id: Name
    signal_id: Name
    signal: Signal
    now: Time
    market_now: Time
    trading_state: TradingState  # the effective one
    limits: Limits
    standing: Standing
    instrument: Instrument | None = None
    quote: Quote | None = None
    sessions: ExchangeSessions | None = None
    costs: Costs = Costs()
    activity: Activity = Activity()
    losses: Losses = Losses()
    health: Health = Health()
    replaced: Replaced | None = None


_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder(DecisionInputs)


def to_json(inputs: DecisionInputs) -> bytes:
    """The inputs as they are stored beside their decision."""
    return _encoder.encode(inputs)


def from_json(document: bytes) -> DecisionInputs:
    """The stored inputs. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(document)

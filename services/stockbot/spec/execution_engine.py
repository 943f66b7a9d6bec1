"""The block `spec.executionEngine`: the broker that orders go to, and how they are sent."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part, foreign_blocks
from stockbot.spec.scalars import Switch, Whole
from stockbot.spec.secret_references import SecretSource
from stockbot.spec.server_rules import Rule, only_for
from stockbot.spec.texts import Fraction, Money, Positive, Share, Url


class BrokerType(StrEnum):
    PAPER = "Paper"
    ALPACA = "Alpaca"

    @property
    def field(self) -> str:
        """The attribute of the broker that holds this type's own options."""
        return self.name.lower()


class AccountType(StrEnum):
    CASH = "Cash"
    MARGIN = "Margin"


class AlpacaMode(StrEnum):
    PAPER = "Paper"
    LIVE = "Live"


class PaperFees(Part):
    per_share: Money = Field(default=Decimal("0.005"), description="Fee for each share, in the account's currency.")
    minimum: Money = Field(default=Decimal(1), description="Least fee of one order, in the account's currency.")
    maximum_share: Share = Field(default=Decimal("0.01"), description="Largest fee as a part of the order's value.")


class PaperBroker(Part):
    """A broker that fills orders from live quotes and moves no money."""

    account: AccountType = Field(
        default=AccountType.MARGIN,
        description="In a Cash account sold shares pay for new ones after settlement only.",
    )
    opening_balance: Positive = Field(default=Decimal(100000), description="The cash that the account starts with.")
    slippage: Share = Field(
        default=Decimal("0.0002"), description="How much worse than quoted a fill is, as a part of the price."
    )
    latency_milliseconds: Whole = Field(
        default=100, ge=0, le=60_000, description="Time from an order to its first possible fill."
    )
    max_share_of_volume: Fraction = Field(
        default=Decimal("0.1"),
        description="Part of the traded volume that one order can have; the rest waits.",
    )
    fees: PaperFees = Field(default=PaperFees(), description="What the broker charges.")


class AlpacaBroker(Part):
    key_id: SecretSource = Field(description="The API key's id.")
    secret_key: SecretSource = Field(description="The API key's secret.")
    mode: AlpacaMode = Field(
        default=AlpacaMode.PAPER, description="Live trades real money; the account must be of the same mode."
    )
    base_url: Url = Field(default="", description="Another address than Alpaca's own for this mode; for a proxy.")


class Broker(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.type) || self.type != 'Alpaca' || has(self.alpaca)",
            "alpaca is missing; Alpaca needs keyId and secretKey, each {secretRef: {name, key}}",
        ),
        *only_for(BrokerType),
    )

    type: BrokerType = Field(default=BrokerType.PAPER, description="Paper (no money moves) or Alpaca.")
    paper: PaperBroker | None = Field(default=None, description="Options of a broker of type Paper.")
    alpaca: AlpacaBroker | None = Field(default=None, description="Options of a broker of type Alpaca.")

    @property
    def account(self) -> str:
        """The account's name in signals, orders, pages and logs: it says whether money moves."""
        if self.alpaca is None:
            return "paper"
        return f"alpaca-{self.alpaca.mode.lower()}"

    def complaints(self) -> Iterator[Complaint]:
        if self.type is BrokerType.ALPACA and self.alpaca is None:
            yield Complaint(("alpaca",), "is missing; Alpaca needs keyId and secretKey, each {secretRef: {name, key}}")
        yield from foreign_blocks(self, self.type, BrokerType)


class Collar(Part):
    """Bounds a market order: it leaves as a limit order at the reference price plus or minus the width."""

    enabled: Switch = Field(
        default=True, description="Whether market orders are bounded; if not, cash is held loosely."
    )
    width: Fraction = Field(default=Decimal("0.01"), description="Farthest from the reference price, as a part of it.")


class ExecutionEngine(Part):
    broker: Broker = Field(default=Broker(), description="Where orders go.")
    collar: Collar = Field(default=Collar(), description="The bound of market orders.")

"""The block `spec.strategyOrchestrator`: which strategies run, on what, and how large they trade."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.scalars import Shape, Switch, Whole
from stockbot.spec.server_rules import BY_NAME, SET, Rule
from stockbot.spec.texts import DnsLabel, ObjectName, ParameterValue, Percent, Positive, Symbol, Volatility

ClassName = Annotated[
    str,
    Shape(
        r"[A-Za-z_][A-Za-z0-9_.]*(:[A-Za-z_][A-Za-z0-9_]*)?",
        200,
        "a strategy's class, for example MovingAverageCross or my_module:MyStrategy",
    ),
]
ParameterName = Annotated[str, Shape(r"[A-Za-z_][A-Za-z0-9_]*", 64, "letters, digits and '_', no digit first")]

Folder = Annotated[str, Shape(r"[^\x00-\x1f]+", 1024, "the path of a folder")]


RESERVED = ("external", "flatten", "manual")  # whose orders are a person's, not a strategy's


class Interval(StrEnum):
    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER_HOUR = "15m"
    HOUR = "1h"
    DAY = "1d"


class Sessions(StrEnum):
    REGULAR = "Regular"
    EXTENDED = "Extended"
    ALWAYS = "Always"


class VolatilityTarget(Part):
    annual: Volatility = Field(description='The volatility that the position should add: "0.10" is 10 % a year.')
    lookback_bars: Whole = Field(
        default=20, ge=2, le=10_000, description="How many bars the symbol's volatility is measured over."
    )


ONE_SIZE = "needs exactly one of fixedQuantity, notional, percentOfEquity, volatilityTarget"


class Sizing(Part):
    """How large a position is: exactly one of these."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "[has(self.fixedQuantity), has(self.notional), has(self.percentOfEquity), has(self.volatilityTarget)]"
            ".exists_one(given, given)",
            ONE_SIZE,
        ),
    )

    fixed_quantity: Positive | None = Field(default=None, description="A number of shares.")
    notional: Positive | None = Field(default=None, description="A value in the account's currency.")
    percent_of_equity: Percent | None = Field(default=None, description='A part of equity in percent: "5" is 5 %.')
    volatility_target: VolatilityTarget | None = Field(default=None, description="As large as its volatility allows.")

    def complaints(self) -> Iterator[Complaint]:
        given = [self.fixed_quantity, self.notional, self.percent_of_equity, self.volatility_target]
        if sum(size is not None for size in given) != 1:
            yield Complaint((), ONE_SIZE)


class Schedule(Part):
    sessions: Sessions = Field(
        default=Sessions.REGULAR,
        description="When signals may be made: in regular sessions, in extended hours too, or always.",
    )


class Strategy(Part):
    """One running instance of a strategy."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!(self.name in {list(RESERVED)})",
            f"{', '.join(RESERVED)} are names of orders that people make; choose another",
            "name",
        ),
    )

    name: DnsLabel = Field(description="The name of the instance; signals, positions and profit carry it.")
    class_name: ClassName = Field(alias="class", description="The strategy's class: a built-in one or one of your own.")
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=500), SET] = Field(
        description="The symbols that it trades; the gateway must have them."
    )
    interval: Interval = Field(default=Interval.MINUTE, description="The length of its bars.")
    parameters: Annotated[dict[ParameterName, ParameterValue], Field(max_length=32)] = Field(
        default={},
        description="What the class can be told: whole numbers, or anything else as text in quotes.",
    )
    sizing: Sizing = Field(description="How large its positions are.")
    schedule: Schedule = Field(default=Schedule(), description="When it may make signals.")
    enabled: Switch = Field(default=True, description="Whether it starts with the service.")

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("symbols", self.symbols)
        if self.name in RESERVED:
            yield Complaint(("name",), f'"{self.name}" is the name of orders that people make; choose another')


class ConfigMapReference(Part):
    name: ObjectName = Field(description="Name of the ConfigMap, in the same namespace.")


# Those of `stockbot.model.strategies`: whoever reads a document without running it can tell what is not among them.
BUILT_IN_STRATEGIES = frozenset(
    {
        "BollingerReversion",
        "BuyAndHold",
        "DonchianBreakout",
        "MovingAverageCross",
        "RsiMeanReversion",
        "TimeSeriesMomentum",
    }
)

ONE_SOURCE = "needs exactly one of configMapRef and folder"


class StrategySource(Part):
    """Where a person's own strategies are: exactly one of these."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("has(self.configMapRef) != has(self.folder)", ONE_SOURCE),)

    config_map_ref: ConfigMapReference | None = Field(
        default=None, description="A ConfigMap whose keys are Python files with strategies."
    )
    folder: Folder | None = Field(
        default=None, description="A folder with Python files, seen from where `stockbot up` was started."
    )

    def complaints(self) -> Iterator[Complaint]:
        if (self.config_map_ref is None) == (self.folder is None):
            yield Complaint((), ONE_SOURCE)


class StrategyOrchestrator(Part):
    strategies: Annotated[tuple[Strategy, ...], Field(max_length=200), BY_NAME] = Field(
        default=(), description="The strategies that run."
    )
    strategies_from: StrategySource | None = Field(default=None, description="Where strategies of your own come from.")

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("strategies", [strategy.name for strategy in self.strategies], key="name")

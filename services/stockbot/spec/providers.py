"""Where prices come from: the sources that `marketDataGateway.providers` lists."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part, foreign_blocks
from stockbot.spec.scalars import Number, Switch, Whole, text_of
from stockbot.spec.secret_references import SecretSource
from stockbot.spec.server_rules import Rule, only_for
from stockbot.spec.texts import Date, DnsLabel, Positive, Share, Url, Volatility

PriceFile = Annotated[str, text_of(1024), Field(min_length=1)]


class ProviderType(StrEnum):
    DEMO = "Demo"
    REPLAY = "Replay"
    YAHOO_FINANCE = "YahooFinance"
    ALPHA_VANTAGE = "AlphaVantage"

    @property
    def simulated(self) -> bool:
        """True where prices are not those of a market now; they never share a symbol set with real ones."""
        return self in {ProviderType.DEMO, ProviderType.REPLAY}

    @property
    def field(self) -> str:
        """The attribute of the provider that holds this type's own options."""
        return self.name.lower()


class Hours(StrEnum):
    ALWAYS = "Always"
    EXCHANGE = "Exchange"


class Entitlement(StrEnum):
    NONE = ""
    DELAYED = "delayed"
    REALTIME = "realtime"


class Demo(Part):
    """A made-up market: the same seed gives the same prices."""

    seed: Whole = Field(default=1, ge=0, le=2**31 - 1, description="The market to make up; equal seeds, equal prices.")
    hours: Hours = Field(
        default=Hours.ALWAYS,
        description="Whether prices move around the clock or in the exchange's sessions only.",
    )
    volatility: Volatility = Field(
        default=Decimal("0.25"), description='Standard deviation of a year\'s return: "0.25" is 25 %.'
    )
    spread: Share = Field(default=Decimal("0.0004"), description="Distance of bid and ask as a part of the price.")


class Replay(Part):
    """Real prices of the past, played again."""

    files: Annotated[tuple[PriceFile, ...], Field(min_length=1, max_length=64)] = Field(
        default=("builtin:",),
        description='CSV or Parquet files of bars, or folders of them; "builtin:" is what Stockbot ships.',
    )
    speed: Positive = Field(
        default=Decimal(3600), description='Times faster than the clock: at "3600" an hour is a second.'
    )
    start: Date | None = Field(
        default=None, description="The first date to play; where left out, the first with prices of all symbols."
    )
    loop: Switch = Field(default=True, description="Whether to begin again after the last bar.")


class YahooFinance(Part):
    base_url: Url = Field(default="", description="Another address than Yahoo's own; for a proxy.")


class AlphaVantage(Part):
    api_key: SecretSource = Field(description="The API key.")
    base_url: Url = Field(default="", description="Another address than Alpha Vantage's own; for a proxy.")
    entitlement: Entitlement = Field(
        default=Entitlement.NONE,
        description="What the key pays for: realtime or delayed US prices, or neither.",
    )


class RequestBudget(Part):
    """How many requests may be made; counted in SQL, so a restart does not forget them."""

    per_minute: Whole | None = Field(default=None, ge=1, le=100_000, description="Requests a minute; absent: no limit.")
    per_day: Whole | None = Field(default=None, ge=1, le=10_000_000, description="Requests a day; absent: no limit.")


class PriceProvider(Part):
    """One source of prices under a name that every quote carries."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.type != 'AlphaVantage' || has(self.alphaVantage)",
            "alphaVantage is missing; AlphaVantage needs apiKey: {secretRef: {name, key}}",
        ),
        *only_for(ProviderType),
    )

    name: DnsLabel = Field(description="The name that symbol sets refer to and quotes carry.")
    type: ProviderType = Field(description="The kind of source: Demo, Replay, YahooFinance or AlphaVantage.")
    demo: Demo | None = Field(default=None, description="Options of a provider of type Demo.")
    replay: Replay | None = Field(default=None, description="Options of a provider of type Replay.")
    yahoo_finance: YahooFinance | None = Field(default=None, description="Options of a provider of type YahooFinance.")
    alpha_vantage: AlphaVantage | None = Field(default=None, description="Options of a provider of type AlphaVantage.")
    budget: RequestBudget = Field(default=RequestBudget(), description="How many requests may be made of this source.")
    timeout_seconds: Number = Field(
        default=10, ge=0.1, le=120, description="How long one request may take, in seconds."
    )

    def complaints(self) -> Iterator[Complaint]:
        if self.type is ProviderType.ALPHA_VANTAGE and self.alpha_vantage is None:
            yield Complaint(("alphaVantage",), "is missing; AlphaVantage needs apiKey: {secretRef: {name, key}}")
        yield from foreign_blocks(self, self.type, ProviderType)

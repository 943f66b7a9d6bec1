"""The block `spec.marketDataGateway`: which prices of which symbols, from where, how often."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.providers import PriceProvider, ProviderType
from stockbot.spec.scalars import Number
from stockbot.spec.server_rules import BY_NAME, SET, Rule
from stockbot.spec.texts import DnsLabel, Exchange, Symbol

SIMULATED = [str(type_) for type_ in ProviderType if type_.simulated]
IS_SIMULATED = f"provider.type in {SIMULATED}"


class SymbolSet(Part):
    """Symbols of one exchange that share their sources."""

    name: DnsLabel = Field(description="The name of the set.")
    exchange: Exchange = Field(
        default="XNYS",
        description="The exchange whose sessions count: its four-letter code (ISO 10383), or 24/7.",
    )
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=1000), SET] = Field(
        description="The symbols, in capitals; each may be in one set only."
    )
    providers: Annotated[tuple[DnsLabel, ...], Field(min_length=1, max_length=8), SET] = Field(
        description="Names of providers, the preferred one first; the next is asked while those before fail."
    )

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("symbols", self.symbols)
        yield from unique("providers", self.providers)


class MarketDataGateway(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.symbolSets.all(symbols, symbols.providers.all(name,"
            " self.providers.exists(provider, provider.name == name)))",
            "a provider is named that is none of this document",
            "symbolSets",
        ),
        Rule(
            "self.symbolSets.all(symbols,"
            f" !self.providers.exists(provider, provider.name in symbols.providers && {IS_SIMULATED})"
            f" || !self.providers.exists(provider, provider.name in symbols.providers && !({IS_SIMULATED})))",
            "a symbol set mixes simulated and real providers: real prices are never replaced by simulated ones;"
            " give each a set of its own",
            "symbolSets",
        ),
        Rule(
            # An index of each set's symbols: a search through lists would cost more than a server allows.
            "self.symbolSets.all(first, one, [one.symbols.transformMapEntry(i, symbol, {symbol: i})].all(index,"
            " self.symbolSets.all(second, other, second <= first"
            " || !other.symbols.exists(symbol, symbol in index))))",
            "a symbol is in two symbol sets; keep it in one of them",
            "symbolSets",
        ),
    )

    tick_interval_seconds: Number = Field(
        default=5, ge=0.1, le=3600, description="How often all symbols are published, in seconds."
    )
    stale_after_seconds: Number = Field(
        default=30,
        ge=1,
        le=86400,
        description="The age from which a quote is stale and never traded on, in seconds.",
    )
    providers: Annotated[tuple[PriceProvider, ...], Field(min_length=1, max_length=16), BY_NAME] = Field(
        description="The sources of prices."
    )
    symbol_sets: Annotated[tuple[SymbolSet, ...], Field(min_length=1, max_length=12), BY_NAME] = Field(
        description="The symbols, and where their prices come from."
    )

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("providers", [provider.name for provider in self.providers], key="name")
        yield from unique("symbolSets", [symbols.name for symbols in self.symbol_sets], key="name")
        yield from self.unknown_providers()
        yield from self.mixed_providers()
        yield from self.shared_symbols()

    def unknown_providers(self) -> Iterator[Complaint]:
        names = [provider.name for provider in self.providers]
        for number, symbols in enumerate(self.symbol_sets):
            for index, name in enumerate(symbols.providers):
                if name not in names:
                    known = ", ".join(names)
                    yield Complaint(
                        ("symbolSets", number, "providers", index),
                        f'"{name}" is no provider of this document: {known}',
                    )

    def mixed_providers(self) -> Iterator[Complaint]:
        """Real data is never silently replaced by simulated data."""
        types = {provider.name: provider.type for provider in self.providers}
        for number, symbols in enumerate(self.symbol_sets):
            used = {types[name].simulated: name for name in symbols.providers if name in types}
            if len(used) > 1:
                simulated, real = (f"{used[kind]} ({types[used[kind]]})" for kind in (True, False))
                yield Complaint(
                    ("symbolSets", number, "providers"),
                    f"{simulated} is simulated and {real} is real: real prices are never replaced by"
                    " simulated ones; give each a set of its own",
                )

    def shared_symbols(self) -> Iterator[Complaint]:
        owners: dict[str, int] = {}
        for number, symbols in enumerate(self.symbol_sets):
            for index, symbol in enumerate(symbols.symbols):
                owner = owners.setdefault(symbol, number)
                if owner != number:
                    place = ("symbolSets", number, "symbols", index)
                    name = self.symbol_sets[owner].name
                    yield Complaint(place, f'"{symbol}" is in the set {name} already; keep it in one of them')

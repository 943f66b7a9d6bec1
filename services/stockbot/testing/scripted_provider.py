"""A source of prices without a network: it answers with what a test says, or fails as a test says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.providers.protocol import QuotesAnswer


@dataclass(kw_only=True)
class ScriptedProvider:
    """`answers` by symbol; a symbol without one is refused. `error` is raised by every request while it is set."""

    name: str = "scripted"
    answers: dict[str, Quote] = field(default_factory=dict)
    history: tuple[Bar, ...] = ()
    error: Exception | None = None
    simulated: bool = False
    batch: int = 1000
    behind: timedelta = timedelta(0)  # of its market's time, as in a replay
    closed: bool = False

    def quote(self, *quotes: Quote) -> None:
        self.answers.update({quote.symbol: quote for quote in quotes})

    def market_time(self, now: datetime) -> datetime:
        return now - self.behind

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        found = {bar.adjustment for bar in self.history if (bar.symbol, bar.interval) == (symbol, interval)}
        return tuple(each for each in Adjustment if each in found) or (Adjustment.RAW,)

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        self._fail()
        found = tuple(self.answers[symbol] for symbol in symbols if symbol in self.answers)
        refused: Mapping[str, str] = {symbol: "it is not listed" for symbol in symbols if symbol not in self.answers}
        return QuotesAnswer(quotes=found, refused=refused)

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        self._fail()
        return tuple(
            bar
            for bar in self.history
            if (bar.symbol, bar.interval, bar.adjustment) == (symbol, interval, adjustment) and start <= bar.start < end
        )

    async def close(self) -> None:
        self.closed = True

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

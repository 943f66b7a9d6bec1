"""Donchian breakout: buys a new high of the last bars, and leaves at a new low of fewer.

20 and 10 bars are System 1 of the Turtles, 55 and 20 their System 2: Curtis Faith, The Original Turtle Trading Rules
(2003), after Richard Donchian's four-week rule. The Turtles bought inside the day, skipped a breakout after a winner,
and added units; this strategy decides at the close, takes each breakout, and holds one unit.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import Channel, DonchianChannel
from stockbot.model.strategies.stance import next_stance
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish


class DonchianBreakoutParameters(Struct, frozen=True, kw_only=True):
    entry: Annotated[int, Meta(ge=2, le=1000, description="Bars whose high or low must be passed to enter.")] = 20
    exit: Annotated[int, Meta(ge=1, le=1000, description="Bars whose low or high must be passed to leave.")] = 10
    short: Annotated[bool, Meta(description="Whether to sell short at a new low.")] = False

    def __post_init__(self) -> None:
        if self.exit > self.entry:
            raise ValueError(f"parameter exit is {self.exit}, but must be at most entry, which is {self.entry}")


class DonchianBreakout(Strategy[DonchianBreakoutParameters]):
    """Follows the Turtles: buys the highest close beyond the last bars, leaves at a new low of fewer bars."""

    version = "1"
    Parameters = DonchianBreakoutParameters

    def __init__(self, parameters: DonchianBreakoutParameters) -> None:
        super().__init__(parameters)
        self._entry, self._exit = DonchianChannel(parameters.entry), DonchianChannel(parameters.exit)
        self._channels: tuple[Channel | None, Channel | None] = (None, None)

    @classmethod
    def warmup(cls, parameters: DonchianBreakoutParameters) -> int:
        return parameters.entry + 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        entry, leave = self._channels  # of the bars before this one
        self._channels = self._entry.update(bar), self._exit.update(bar)
        return () if entry is None or leave is None else self._wishes(float(bar.close), entry, leave, view)

    def _wishes(self, close: float, entry: Channel, leave: Channel, view: View) -> Sequence[Wish]:
        stance = next_stance(
            view.expected,
            buy=close > entry.upper,
            sell=self.parameters.short and close < entry.lower,
            close_long=close < leave.lower,
            close_short=close > leave.upper,
        )
        if stance is None:
            return ()
        values = {"close": close, "entry_high": entry.upper, "entry_low": entry.lower}
        values |= {"exit_high": leave.upper, "exit_low": leave.lower}
        return [Target(fraction=stance, reason=self._reason(stance, close), indicators=values)]

    def _reason(self, stance: int, close: float) -> str:
        if stance == 0:
            return f"the close {close:g} leaves the channel of {self.parameters.exit} bars"
        end = "above the high" if stance > 0 else "below the low"
        return f"the close {close:g} is {end} of the last {self.parameters.entry} bars"

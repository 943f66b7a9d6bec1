"""The contract of a strategy, for the built-in ones and for a person's own.

    class Dip(Strategy[DipParameters]):
        version = "1"
        Parameters = DipParameters

        @classmethod
        def warmup(cls, parameters: DipParameters) -> int:
            return parameters.period

        def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
            ...

There is one object for each instance and symbol. It sees neither clock, network nor database: equal bars and views
give equal wishes. What it keeps must depend on nothing older than its warm-up, then a restart changes nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct

from stockbot.events.market import Bar, Quote
from stockbot.events.trading import Denial, OrderReport
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Wish

P = TypeVar("P", bound=Struct)


class Strategy(ABC, Generic[P]):
    """`version` goes into every signal; raise it when the same bars lead to other wishes.

    `Parameters` is a frozen msgspec Struct whose fields carry `msgspec.Meta` with bounds and a description: forms and
    error messages are made of them.
    """

    version: ClassVar[str]
    Parameters: ClassVar[type[Struct]]

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    @classmethod
    @abstractmethod
    def warmup(cls, parameters: P) -> int:
        """Return the bars after which a wish depends on nothing before them; the last of them may lead to a signal."""

    @abstractmethod
    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        """Learn from a complete bar, newer than all before it, and answer with wishes; an empty sequence for none."""

    def on_quote(self, quote: Quote, view: View) -> Sequence[Wish]:
        """Answer to a fresh quote between bars; by default with no wish."""
        return ()

    def on_denied(self, denial: Denial) -> None:
        """Hear that risk denied a signal; by default the next bar decides anew."""

    def on_order(self, report: OrderReport) -> None:
        """Hear what became of an order; by default the view says all that is needed."""
